// The decision of a gate that is alone (docs/offline-gate.md, section Deciding alone): what the
// service would say, with what this gate knows. Nothing is written here, and no clock is read.

import { CodeMalformed, SENTENCES, checkCode, readCode } from "../door-codes.js";
import { passNumber, same } from "./bytes.js";
import { instantWords, whenWords } from "./instants.js";
import { play, scoping } from "./known.js";

// "137", "#137", "No 137", "137 of 500": as it is printed on the pass, or as people say it.
const SERIAL = /^(?:#|no\.? ?)?([1-9][0-9]{0,9})(?: ?(?:of|\/) ?[0-9]{1,10})?$/i;
const PASS_ID = /^[1-9][0-9]{20,31}$/;
const UNKNOWN_NUMBER = "We have no pass with this number.";
const OUTDATED = "This code is from before the pass changed hands or was renewed. Please show the new one.";
const ON_PHONE = "This pass shows its code on a phone now; a picture of an old code does not open the door.";
const NOT_LIVE = "This code is not of this minute. Please show the live code, not a picture.";
const GONE = "This pass was given up, withdrawn or moved to a wallet; it does not open the door.";
const ELSEWHERE = "This pass is not for this session.";

const FORCEABLE = new Set(["DUPLICATE", "WRONG_SESSION", "TOO_EARLY", "TOO_LATE", "STALE", "EXPIRED"]);

/** This gate cannot tell, which says nothing about the code. */
export class CannotTell extends Error {
  name = "CannotTell";
}

/**
 * Returns the decision on a scan at the Unix second `now`: {code, sentence, rule, pass, epoch, typed,
 * number, first, scope, title, label, forceable}; `pass` a decimal string or null.
 * `gate` is {organizerTag, issuerKeys (bytes), secretOf(record)}: secretOf returns the secret for
 * time-step codes, null if the pass has none, undefined if this gate was not told any.
 * `list` is the PassList, `events` the Events since. Throws CannotTell and CryptoMissing.
 */
export async function decideEntry({ text, gate, list, events, now }) {
  const shown = await identify(text, gate, list, now, true);
  const found = blank(shown, list);
  if (shown.refusal) return refused(found, ...shown.refusal);
  const place = placeOf(shown.record, list, events, now);
  return { ...found, scope: place.scope, ...judge(place, list, now) };
}

/** Returns the decision on somebody who goes out: a code counts whatever became of the pass. */
export async function decideExit({ text, gate, list, events, now }) {
  const shown = await identify(text, gate, list, now, false);
  const found = blank(shown, list);
  if (!shown.record) return refused(found, ...shown.refusal);
  const { series, all } = placeOf(shown.record, list, events, now);
  const inside = all.findLast((one) => one.exitedAt === null);
  if (!inside) {
    const sentence = "This pass is not inside: no entry without an exit is recorded.";
    return { ...found, code: "NOT_INSIDE", sentence, rule: "entry" };
  }
  const back = series.reentry || series.mode === "unlimited";
  const sentence = `Goodbye. ${back ? "Come back any time." : "This entry is used up."}`;
  return { ...found, scope: inside.scope, code: "EXIT", sentence, rule: "entry.reentry" };
}

function blank({ record, code, typed }, list) {
  const series = record && list.seriesOf(record.series);
  return {
    pass: record ? numberOf(record) : null,
    epoch: code?.epoch ?? null,
    typed,
    title: series?.title ?? "",
    label: record ? `${record.serial} of ${series.cap}` : "",
    ...{ scope: "", number: null, first: null, forceable: false },
  };
}

function numberOf(record) {
  return String(passNumber(record.series, record.serial));
}

function refused(found, code, sentence, rule = "code") {
  return { ...found, code, sentence, rule, forceable: found.pass !== null && FORCEABLE.has(code) };
}

/** Returns {record, code, typed, refusal: [code, sentence, rule]}; `entering` also asks whether it is still a pass. */
async function identify(text, gate, list, now, entering) {
  const shown = text.startsWith("EP1:") ? await scanned(text, gate, list, now, entering) : typed(text, list);
  const { record } = shown;
  if (!entering || !record || shown.refusal || record.live || record.reserved) return shown;
  return { ...shown, refusal: ["REVOKED", GONE, "state"] };
}

async function scanned(text, gate, list, now, entering) {
  let code;
  try {
    code = readCode(text);
  } catch (trouble) {
    if (!(trouble instanceof CodeMalformed)) throw trouble;
    return no("MALFORMED", SENTENCES.MALFORMED);
  }
  const record = list.find(code.series, code.serial);
  return code.kind === "S"
    ? staticCode(text, code, record, gate, list, now)
    : liveCode(text, code, record, gate, now, entering);
}

async function staticCode(text, code, record, gate, list, now) {
  const { verdict, sentence } = await checkCode(text, gate, now);
  if (verdict === "EXPIRED") return { record, code, typed: false, refusal: [verdict, sentence] };
  if (verdict !== "VALID") return no(verdict, sentence);
  if (!record) return list.seriesOf(code.series) ? no("UNKNOWN", UNKNOWN_NUMBER) : no("WRONG_SESSION", ELSEWHERE, "portions");
  const shown = { record, code, typed: false, refusal: null };
  if (!record.live && !record.reserved) return shown;
  if (code.epoch !== record.epoch) shown.refusal = ["STALE", OUTDATED];
  else if (record.bound) shown.refusal = ["STALE", ON_PHONE];
  return shown;
}

async function liveCode(text, code, record, gate, now, entering) {
  if (!same(code.organizerTag, gate.organizerTag)) return no("UNKNOWN", SENTENCES.UNKNOWN);
  if (!record) return no("UNKNOWN", UNKNOWN_NUMBER);
  // Nobody verified the epoch: anybody can write down a number with some other one.
  const gone = entering && !record.live && !record.reserved;
  if (gone) return { record, code, typed: false, refusal: null };
  if (code.epoch !== record.epoch) return no("STALE", OUTDATED);
  const secret = code.kind === "T" ? gate.secretOf(record) : null;
  if (secret === undefined) {
    throw new CannotTell("This gate cannot check codes of wallet apps without a network. Type the number of the pass.");
  }
  const known = { epoch: record.epoch, deviceKey: record.deviceKey, stepSecret: secret };
  const { verdict, sentence } = await checkCode(text, { ...gate, find: () => known }, now);
  if (verdict === "BAD_SIGNATURE") return no(verdict, sentence);
  return { record, code, typed: false, refusal: verdict === "VALID" ? null : ["STALE", NOT_LIVE] };
}

function no(code, sentence, rule = "code", wasTyped = false) {
  return { record: null, code: null, typed: wasTyped, refusal: [code, sentence, rule] };
}

function typed(text, list) {
  const said = text.split(/\s+/).filter(Boolean).join(" ");
  if (PASS_ID.test(said)) {
    const number = BigInt(said);
    const [series, serial] = [(number >> 32n) & 0xffffffffffffffffn, Number(number & 0xffffffffn)];
    if (number >> 96n !== 1n || !series || !serial) return no("MALFORMED", SENTENCES.MALFORMED, "code", true);
    const record = list.find(series, serial);
    return record ? { record, code: null, typed: true, refusal: null } : no("UNKNOWN", UNKNOWN_NUMBER, "code", true);
  }
  const serial = SERIAL.exec(said)?.[1];
  if (!serial) return no("MALFORMED", SENTENCES.MALFORMED, "code", true);
  const records = Number(serial) < 2 ** 31 ? list.withSerial(Number(serial)) : [];
  if (records.length === 1) return { record: records[0], code: null, typed: true, refusal: null };
  if (!records.length) return no("UNKNOWN", `No pass with number ${serial} opens this session.`, "code", true);
  return no("MALFORMED", `There are several passes with number ${serial} here. Please scan the code.`, "code", true);
}

/** Returns the scope of an entry now, and all admissions of the pass, those of other days too. */
function placeOf(record, list, events, now) {
  const { session, issued_at: issuedAt } = list.header;
  const series = list.seriesOf(record.series);
  const scope = scoping(session.id, series);
  const since = events.of(numberOf(record), { session: session.id, scope, now, issuedAt });
  const all = play(list.entriesOf(record.series, record.serial), since, series, scope);
  return { series, scope: scope(now), all };
}

function judge({ series, scope, all }, list, now) {
  const { session } = list.header;
  const admissions = all.filter((one) => one.scope === scope);
  const say = (code, sentence, rule, more = {}) => ({ code, sentence, rule, forceable: FORCEABLE.has(code), ...more });
  if (session.cancelled || series.cancelled) return say("WRONG_SESSION", "This session is cancelled.", "portions");
  if (now < series.doors_at) {
    const opens = instantWords(series.doors_at, session.time_zone);
    return say("TOO_EARLY", `Doors are not open yet. They open on ${opens}.`, "entry.doors_minutes_before");
  }
  if (now >= session.ends_at) {
    return say("TOO_LATE", `This session is over. It ended on ${instantWords(session.ends_at, session.time_zone)}.`, "portions");
  }
  const number = Math.max(0, ...admissions.map((one) => one.number)) + 1;
  const admit = (rule) => {
    const sentence = admissions.length ? "Welcome back, come in." : "Welcome, come in.";
    return say("ADMIT_PROVISIONAL", sentence, rule, { number });
  };
  if (!admissions.length) return admit("entry");
  if (series.mode === "unlimited") return admit("entry.mode");
  const inside = admissions.find((one) => one.exitedAt === null);
  if (!inside && series.reentry) return admit("entry.reentry");
  const first = inside ?? admissions.at(-1);
  return say("DUPLICATE", duplicateSentence(first, session.time_zone, now), inside ? "entry.mode" : "entry.reentry", { first });
}

/** Says where and when the entry happened that stands in the way. */
export function duplicateSentence(first, zone, now) {
  const where = first.gate ? ` at ${first.gate}` : "";
  return `This pass already came in at ${whenWords(first.at, zone, now)}${where}.`;
}
