// What the page states plainly: the line, the list, what waits, and what came to something else.

import * as api from "./api.js";
import { nowMs } from "./clock.js";
import * as line from "./line.js";
import { clock, day } from "./words.js";

const byId = (id) => document.getElementById(id);
const PROBLEMS = "door.seen";

const counted = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** The time of day, with the day where it is not this one. */
function moment(at, zone) {
  const when = day(at, zone);
  return when === day(nowMs(), zone) ? clock(at, zone) : `${when}, ${clock(at, zone)}`;
}

function lineWords(able, session) {
  const hub = api.hubName;
  if (!line.isDown()) return hub ? `Online, hub ${hub}` : "Online";
  const since = moment(line.downSince(), session?.time_zone);
  if (!able) return `No connection since ${since}`;
  return hub ? `Hub ${hub}, offline since ${since}` : `Offline since ${since}`;
}

function listWords(list, session) {
  return `List from ${moment(list.header.issued_at * 1000, session?.time_zone)}, ${counted(list.count, "pass", "passes")}`;
}

/** Says how this phone stands. `gate` may be null, `lostKeys` is a gate whose keys are gone. */
export function showStatus({ gate, session, lostKeys }) {
  const able = Boolean(session && gate?.usable(session.id));
  byId("line").textContent = lineWords(able, session);
  byId("line").className = `line ${line.isDown() ? (able ? "warn" : "bad") : "good"}`;
  const waiting = gate?.waiting().length ?? 0;
  const list = session && gate?.lists.held(session.id);
  const parts = [list ? listWords(list, session) : "", waiting ? `${counted(waiting, "scan", "scans")} waiting` : ""];
  byId("facts").textContent = parts.filter(Boolean).join(" · ");
  byId("limits").textContent = limits(gate, session, lostKeys);
  byId("limits").hidden = !byId("limits").textContent;
}

function limits(gate, session, lostKeys) {
  if (lostKeys) {
    return "The keys of this gate are gone: its storage was deleted. It works with a network only, and scans that waited here are lost. Ask the organizer for the link of a new gate, and to revoke this one.";
  }
  if (!gate) return "This phone works with a network only. To check people without one, open a gate’s enrolment link on it.";
  const refusal = session && gate.lists.refusal(session.id);
  const why = session ? gate.whyNot(session.id) : "";
  const stays = why ? "" : " The one from before stays.";
  return [why, refusal ? `A list was refused: ${refusal.message}${stays}` : ""].filter(Boolean).join(" ");
}

/** Returns the records whose upload came to something that the host should hear of. */
function troubled(records) {
  const seen = Number(localStorage.getItem(PROBLEMS) || 0);
  return records.filter(({ sequence, sent }) => sequence > seen && sent && (sent.conflict || sent.state !== "merged"));
}

function wordsOf({ entry, shown, sent }, zone) {
  const what = shown?.label ? `Pass ${shown.label}` : "A scan";
  const at = clock(entry.at + (entry.offset ?? 0), zone);
  if (sent.state === "quarantined") return `${what}, ${at}: kept as evidence only, because this gate was revoked.`;
  if (sent.state === "forked") return `${what}, ${at}: this gate’s log says two things at one place. Tell the organizer.`;
  if (sent.state === "refused") return `${what}, ${at}: the service did not take it. ${sent.detail}`;
  const { gate, at: other, code, offline } = sent.conflict;
  if (!gate) return `${what}, ${at}: it was let in here, but it was no longer good (${code.toLowerCase().replaceAll("_", " ")}).`;
  const how = offline ? ", also without a network" : "";
  return `${what}, ${at}: it was let in here and, at ${clock(other, zone)}, at ${gate}${how}. Somebody used it twice.`;
}

/** Shows what the service found in the uploaded scans, until the host has read it. */
export function showFindings(gate, session) {
  const found = gate ? troubled(gate.own) : [];
  byId("findings").hidden = !found.length;
  byId("findings-list").replaceChildren(...found.slice(-8).map((one) => {
    const item = document.createElement("li");
    item.textContent = wordsOf(one, session?.time_zone ?? "UTC");
    return item;
  }));
  byId("findings-read").onclick = () => {
    localStorage.setItem(PROBLEMS, String(Math.max(...found.map((one) => one.sequence))));
    byId("findings").hidden = true;
  };
}
