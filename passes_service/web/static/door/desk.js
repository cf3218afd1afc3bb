// The desk: sessions to choose from, counters, the last scans.

import * as api from "./api.js";
import { nowMs } from "./clock.js";
import * as line from "./line.js";
import { counted, unsent } from "./outcomes.js";
import { createRecent } from "./recent.js";
import * as store from "./store.js";
import { clock, day } from "./words.js";

const byId = (id) => document.getElementById(id);
const SESSION = "door.session";

/** Keeps what the service said of this gate, for a reload without a network. */
export const keepHere = (here) => store.put("facts", "here", here).catch(() => {});
export const keptHere = () => store.get("facts", "here").catch(() => null);

export function createDesk({ gate, onRefused, onProblem }) {
  let sessions = [];
  let told = []; // the last scans as the service knows them
  let totals = null;
  const recent = createRecent(byId("recent"), byId("nothing"), { onUndo });

  const current = () => sessions.find((one) => one.id === byId("session").value);

  /** The session that runs or comes next, or the one that was chosen before. */
  function nearest(found) {
    const before = found.find((one) => one.id === localStorage.getItem(SESSION));
    if (before && Date.parse(before.ends_at) > nowMs()) return before;
    return found.find((one) => Date.parse(one.ends_at) > nowMs()) || found.at(-1);
  }

  function showSessions(found) {
    sessions = found;
    byId("session").replaceChildren(...found.map((one) => {
      const when = `${day(one.starts_at, one.time_zone)}, ${clock(one.starts_at, one.time_zone)}`;
      return new Option(`${one.title} · ${when}`, one.id);
    }));
    const first = nearest(found);
    if (first) byId("session").value = first.id;
  }

  async function count() {
    const session = current();
    if (!session) return;
    const found = line.isDown() ? null : await line.asking(() => api.counters(session.id), onRefused);
    if (current() !== session) return;
    if (found) {
      totals = found;
      store.put("counts", session.id, found).catch(() => {});
    }
    showCounts(session);
  }

  function showCounts(session) {
    const base = totals ?? gate()?.lists.held(session.id)?.counts();
    if (!base) return;
    const more = gate() ? counted(gate().own, session.id) : { inside: 0, left: 0, refused: 0 };
    const inside = base.inside + more.inside;
    const capacity = roomOf(session);
    byId("inside").textContent = capacity ? `${inside} / ${capacity}` : inside;
    byId("left").textContent = base.left + more.left;
    byId("refused").textContent = (base.refused ?? 0) + more.refused;
  }

  const roomOf = (session) => totals?.capacity ?? gate()?.lists.held(session.id)?.header.session.capacity ?? null;

  /** Room is not decided alone: the host hears when it may be full. */
  function roomWarning() {
    const session = current();
    const capacity = session && roomOf(session);
    const base = totals ?? (session && gate()?.lists.held(session.id)?.counts());
    if (!capacity || !base) return "";
    const inside = base.inside + counted(gate().own, session.id).inside;
    return inside >= capacity ? `The room may be full: ${inside} of ${capacity} as far as this phone knows.` : "";
  }

  async function choose() {
    const session = current();
    if (!session) return;
    localStorage.setItem(SESSION, session.id);
    told = [];
    totals = (await store.get("counts", session.id).catch(() => null)) ?? null;
    await refill();
    await count();
  }

  /** Asks the service for the last scans, which it alone knows in full. */
  async function refill() {
    const session = current();
    if (!session) return;
    const found = line.isDown() ? null : await line.asking(() => api.lastScans(session.id), onRefused);
    if (current() !== session) return;
    if (found) told = found;
    draw();
    if (found) await count();
  }

  function draw() {
    const session = current();
    if (!session) return;
    const own = gate() ? unsent(gate().own, session.id) : [];
    const all = [...own, ...told].sort((left, right) => Date.parse(right.decided_at) - Date.parse(left.decided_at));
    recent.fill(all, session.time_zone);
    showCounts(session);
  }

  async function onUndo(outcome) {
    const able = gate();
    if (outcome.check_in_id) {
      const done = await line.asking(() => api.annul(outcome.check_in_id), onProblem);
      if (done) await able?.unlearnOnline(outcome.check_in_id).catch(() => {});
      if (!done && !(line.isDown() && (await undoAlone(outcome)))) return;
      told = told.map((one) => (one.check_in_id === outcome.check_in_id ? { ...one, annulled: true } : one));
    } else {
      await able.undo(outcome.session_id, api.newNonce(), outcome.nonce);
    }
    draw();
    await count();
  }

  /** Takes back, in the log, what the service had decided; only the gate that scanned can name it. */
  async function undoAlone(outcome) {
    const able = gate();
    const nonce = await able?.nonceOf(outcome.check_in_id);
    if (nonce) {
      await able.undo(outcome.session_id, api.newNonce(), nonce);
      return true;
    }
    const next = "Undo it again when there is a network.";
    onProblem(Object.assign(new Error("This admission cannot be taken back without a network."), { problem: { next } }));
    return false;
  }

  function showCamera({ on, text, torch }) {
    byId("camera").classList.toggle("on", on);
    byId("camera-text").textContent = text;
    byId("camera-button").textContent = on ? "Stop the camera" : "Start the camera";
    byId("torch").hidden = !torch;
  }

  return {
    sessions: () => sessions,
    current,
    way: () => document.querySelector("input[name=way]:checked").value,
    showSessions,
    showCamera,
    count,
    choose,
    refill,
    draw,
    roomWarning,
    /** A fresh answer of the service. */
    add(outcome) { told = [outcome, ...told]; },
  };
}
