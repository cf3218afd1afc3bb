// This phone as a gate with keys: what it knows, decides alone, and writes down.

import * as clock from "./clock.js";
import { fromBase64url, fromHex, passNumber } from "./bytes.js";
import { decideEntry, decideExit, duplicateSentence } from "./decide.js";
import { organizerTag } from "../door-codes.js";
import * as hub from "./hub.js";
import * as identities from "./identity.js";
import { knowsEd25519 } from "./keys.js";
import { Events, eventOf } from "./known.js";
import { createLists } from "./lists.js";
import * as log from "./log.js";
import { outcomeOf } from "./outcomes.js";
import * as store from "./store.js";
import { admitted } from "./words.js";

const ONLINE_KEPT = 3 * 86_400; // seconds

/** Returns the gate that this phone is, with its log taken up; null for a phone without keys. */
export async function openGate(identity) {
  const gate = new Gate(identity, await organizerTag(identity.organizer), await knowsEd25519());
  for (const one of await log.whole()) gate.remember(one);
  for (const one of await store.all("online")) {
    if (one.at < clock.now() - ONLINE_KEPT) await store.remove("online", one.nonce);
    else gate.events.add(one);
  }
  return gate;
}

class Gate {
  constructor(identity, tag, canCheck) {
    this.identity = identity;
    this.tag = tag;
    this.canCheck = canCheck;
    this.lists = createLists(identity);
    this.events = new Events();
    this.own = []; // its log, oldest first
  }

  /** Takes up an entry of its own log: new, or with what became of it. */
  remember(record) {
    const full = { ...record, entry: record.entry ?? JSON.parse(record.text) };
    const place = this.own.findIndex((one) => one.sequence === full.sequence);
    if (place < 0) this.own.push(full);
    else this.own[place] = full;
    this.learn(full.entry, { gate: this.identity.gate.name, knownAt: full.sent?.at ?? null });
  }

  /** Takes up what an entry of any gate's log says. */
  learn(entry, of) {
    if (entry.kind === "annul") this.events.annul(entry.of);
    const event = eventOf(entry, of);
    if (event) this.events.add(event);
  }

  /** Takes up what the service decided itself, so that this phone knows it alone as well. */
  async learnOnline(asked, outcome) {
    const leaving = outcome.code === "EXIT";
    if (!outcome.pass_id || !(leaving || admitted(outcome.code))) return;
    const at = Date.parse(outcome.decided_at) / 1000;
    const event = {
      ...{ nonce: asked.nonce, pass: outcome.pass_id, session: asked.session, at, leaving },
      ...{ forced: outcome.forced, gate: this.identity.gate.name, gateId: this.identity.gate.id },
      ...{ knownAt: clock.now(), checkIn: outcome.check_in_id },
    };
    this.events.add(event);
    await store.replace("online", event);
  }

  /** Forgets an admission that the service took back. */
  async unlearnOnline(checkIn) {
    const found = (await store.all("online")).find((one) => one.checkIn === checkIn);
    if (!found) return;
    this.events.annul(found.nonce);
    await store.remove("online", found.nonce);
  }

  waiting() { return this.own.filter((one) => one.sent === null); }

  /** Returns why this gate cannot decide alone, or an empty text. */
  whyNot(session) {
    if (!this.canCheck) {
      return "This browser cannot check the service’s signatures by itself, so it works with a network only. Chrome from 137, Safari from 17 and Firefox from 129 can.";
    }
    if (this.lists.usable(session)) return "";
    if (this.lists.held(session)) return "The list of this session is out of date. Without a network nobody can be checked until it was fetched once more.";
    return "The list of this session is not on this phone yet. Give it a network once before doors.";
  }

  usable(session) { return this.canCheck ? this.lists.usable(session) : null; }

  /** Returns what was decided here under a nonce, or null. */
  decided(nonce) {
    const record = this.own.find((one) => one.entry.nonce === nonce);
    return record ? outcomeOf(record) : null;
  }

  /** Decides a scan with what is known here; it is on disk when this returns. */
  decide(asked) {
    const work = () => this.#decide(asked);
    return navigator.locks ? navigator.locks.request("door-gate.decide", work) : work();
  }

  async #decide(asked) {
    const before = await this.#catchUp();
    const list = this.usable(asked.session);
    const found = await (asked.way === "out" ? decideExit : decideEntry)({
      ...{ text: asked.text, list, events: this.events, now: clock.now() },
      gate: this.#knowledge(asked.session),
    });
    const forced = asked.reason && found.forceable && asked.way !== "out" ? asked.reason : "";
    const claimed = forced ? { ...found, via: "alone" } : await this.#claimed(found, asked, list);
    return this.#write(asked, claimed, list, forced, before);
  }

  /** Takes up what another tab of this gate wrote; returns the last entry of the log. */
  async #catchUp() {
    const mine = this.own.at(-1)?.sequence ?? 0;
    const last = await store.last("log");
    if ((last?.sequence ?? 0) === mine) return last;
    for (const one of await log.whole()) if (one.sequence > mine) this.remember(one);
    return this.own.at(-1);
  }

  #knowledge(session) {
    const sealed = this.lists.sealed(session);
    return {
      organizerTag: this.tag,
      issuerKeys: this.identity.issuerKeys.map(fromHex),
      secretOf(record) {
        if (!sealed) return undefined;
        const number = String(record.series);
        const same = ([series, serial, epoch]) => serial === record.serial && series === number && epoch === record.epoch;
        const secret = sealed.step_secrets.find(same)?.[3];
        return secret ? fromBase64url(secret) : null;
      },
    };
  }

  /** Asks the hub, where there is one: another gate may have let the same pass in a second ago. */
  async #claimed(found, asked, list) {
    if (found.code !== "ADMIT_PROVISIONAL") return { ...found, via: "alone" };
    const { session, nonce } = asked;
    const answer = await hub.claim({ session, nonce, pass: found.pass, scope: found.scope, number: found.number, at: clock.nowMs() });
    if (answer === null) return { ...found, via: "alone" };
    if (answer.granted) return { ...found, via: "hub" };
    const first = { gate: answer.gate ?? "", at: Math.floor((answer.at ?? clock.nowMs()) / 1000) };
    const sentence = duplicateSentence(first, list.header.session.time_zone, clock.now());
    return { ...found, code: "DUPLICATE", sentence, rule: "entry.mode", number: null, first, forceable: true, via: "hub" };
  }

  async #write(asked, found, list, forced, before) {
    const { title, label, sentence, first, forceable, number } = found;
    const record = await log.write(this.identity, {
      ...this.#stamp(asked.session, asked.nonce, asked.way === "out" ? "exit" : "enter"),
      ...{ pass: found.pass, epoch: found.epoch, typed: found.typed, text: found.typed ? "" : asked.text },
      ...{ code: found.code, rule: found.rule, forced, via: found.via, bundle: list.header.sequence },
    }, { title, label, sentence, first, forceable, number, hub: found.via === "hub" ? hub.name() : null }, before);
    this.remember(record);
    return outcomeOf(record);
  }

  #stamp(session, nonce, kind) {
    return { session, nonce, kind, at: Date.now(), offset: clock.offsetNow() };
  }

  /** Takes an admission back without a network; `nonce` is that of its scan. */
  async undo(session, nonce, of) {
    const bundle = this.lists.held(session)?.header.sequence ?? null;
    const pass = this.own.find((one) => one.entry.nonce === of)?.entry.pass ?? null;
    const record = await log.write(this.identity, { ...this.#stamp(session, nonce, "annul"), of, pass, bundle, code: "ANNULLED" });
    this.remember(record);
  }

  /** Returns the nonce of the scan that the service answered with this admission, or null. */
  async nonceOf(checkIn) {
    return (await store.all("online")).find((one) => one.checkIn === checkIn)?.nonce ?? null;
  }

  /** Returns the reserved passes that may still be handed out here, lowest number first. */
  block(session) {
    const sold = new Set(this.own.filter((one) => one.entry.kind === "sale").map((one) => one.entry.pass));
    const free = (one) => one.hand_out_until > clock.now() && !sold.has(String(passNumber(one.series, one.serial)));
    return (this.lists.sealed(session)?.blocks ?? []).filter(free);
  }

  /** Hands out a reserved pass: from now on it is somebody's. */
  async sell(session, nonce, { series, serial, epoch }, { paidMinor, currency, name }) {
    const pass = String(passNumber(series, serial));
    if (this.own.some((one) => one.entry.kind === "sale" && one.entry.pass === pass)) throw new Error("This number was handed out already.");
    const bundle = this.lists.held(session)?.header.sequence ?? null;
    const record = await log.write(this.identity, {
      ...this.#stamp(session, nonce, "sale"),
      ...{ pass, epoch, bundle, code: "SOLD", paid_minor: paidMinor, currency: paidMinor ? currency : "", name },
    });
    this.remember(record);
  }

  /** Lets the holder of a pass that was just handed out here come in. */
  admitSold(session, nonce, { code }) {
    return this.decide({ session, nonce, text: code, way: "in", reason: "" });
  }

  /** The organizer revoked this gate: what is sealed for it goes, and it decides nothing more. */
  async revoked() {
    await this.lists.forgetAll();
    this.identity.revoked = true;
    await identities.keep(this.identity);
  }
}
