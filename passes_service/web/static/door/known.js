// Who is inside as far as this gate knows: the bundle's entries, and what it learned since from its
// own log, from the service's answers and from a hub. The order of play is that of the merge
// (docs/offline-gate.md): an entry while somebody is inside changes nothing.

import { localDay } from "./instants.js";

// Seconds after the service knew of something until a bundle is sure to say it.
const SETTLING = 5;

/** Returns what tells, of a Unix second, within what a pass of this Series admits once. */
export function scoping(session, series) {
  if (series.mode !== "per_day") return () => `session:${session}`;
  return (at) => `day:${localDay(at, series.day_zone)}`;
}

/**
 * Returns the admissions that count, in order of time: {number, at, exitedAt, gate, scope}.
 * `entries` are the bundle's, `events` those of `Events.of`, all of one pass; `scope(at)` is within
 * what it admits once.
 */
export function play(entries, events, { mode, reentry }, scope) {
  const found = [];
  const inside = new Map();
  for (const one of passages(entries, events)) {
    const key = scope(one.at);
    if (one.leaving) {
      // Whoever came in before midnight and leaves after it ends the entry of the day before.
      const left = one.entry?.came ?? inside.get(key) ?? latest(inside);
      if (left) left.exitedAt = one.at;
      if (left && inside.get(left.scope) === left) inside.delete(left.scope);
      continue;
    }
    const earlier = found.filter((other) => other.scope === key);
    const allowed = !earlier.length || (!inside.has(key) && reentry) || mode === "unlimited";
    if (!allowed && !one.forced && !one.entry) continue;
    const number = one.entry?.number ?? Math.max(0, ...earlier.map((other) => other.number)) + 1;
    const came = { number, at: one.at, exitedAt: null, gate: one.gate, scope: key };
    if (one.entry) one.entry.came = came;
    inside.set(key, came);
    found.push(came);
  }
  return found;
}

function latest(inside) {
  return [...inside.values()].sort((left, right) => right.at - left.at)[0];
}

/** Returns who went through in order of time; the bundle's own entries always count. */
function passages(entries, events) {
  const all = [];
  for (const told of entries) {
    const entry = { number: told.number, came: null };
    all.push({ at: told.at, gate: told.gate, entry });
    if (told.exitedAt !== null) all.push({ at: told.exitedAt, leaving: true, entry });
  }
  for (const one of events) {
    const told = entries.some((entry) => entry.gateId === one.gateId && entry.at === Math.floor(one.at));
    if (one.leaving || !told) all.push(one);
  }
  return all.sort((left, right) => left.at - right.at || Boolean(right.entry) - Boolean(left.entry));
}

/** What happened at doors since the bundle was made, by pass. Instants are Unix seconds. */
export class Events {
  constructor() {
    this.byPass = new Map();
    this.annulled = new Set();
  }

  /**
   * Adds {nonce, pass, session, at, leaving, forced, gate, gateId, knownAt}. `knownAt` is when the
   * service was known to have it, null while it has not; the same nonce again replaces it.
   */
  add(event) {
    const others = (this.byPass.get(event.pass) ?? []).filter((one) => one.nonce !== event.nonce);
    this.byPass.set(event.pass, [...others, event]);
  }

  /** Takes the admission of a scan back. */
  annul(nonce) { this.annulled.add(nonce); }

  /** Returns those of a pass that belong to a session or, told apart by `scope`, to the day of
   * `now`, and that a bundle made at `issuedAt` cannot say. */
  of(pass, { session, scope, now, issuedAt }) {
    return (this.byPass.get(pass) ?? []).filter((one) =>
      !this.annulled.has(one.nonce)
      && (one.knownAt === null || issuedAt <= one.knownAt + SETTLING)
      && (one.session === session || (scope(now).startsWith("day:") && scope(one.at) === scope(now))));
  }
}

/** Returns the event of a log entry, or null for one that let nobody through. */
export function eventOf(entry, { gate, knownAt = null }) {
  const admitted = entry.kind === "enter" && (entry.code === "ADMIT_PROVISIONAL" || entry.forced !== "");
  const left = entry.kind === "exit" && entry.code === "EXIT";
  if (entry.pass === null || !(admitted || left)) return null;
  return {
    nonce: entry.nonce,
    pass: entry.pass,
    session: entry.session,
    at: (entry.at + (entry.offset ?? 0)) / 1000,
    leaving: left,
    forced: entry.forced !== "",
    gate,
    gateId: entry.gate,
    knownAt,
  };
}
