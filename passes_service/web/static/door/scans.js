// One scan at a time, until it has an answer: the service's, or this gate's own where it can decide
// alone. The nonce stays the same throughout, so it counts once whoever answered.

import * as api from "./api.js";
import * as line from "./line.js";

const PENDING = "door.pending";
const PAUSES = [1000, 2000, 4000, 8000];
// With a list at hand nobody waits longer than this for the service.
const PATIENCE = 1500;

/**
 * `gate()` is the gate that may decide alone, or null. `on` hears: busy(), answer(asked, outcome),
 * refused(error), trouble(asked), stuck(error), settled().
 */
export function createScans({ gate, on }) {
  let pending = null;
  let left = null; // given up without an answer: asked again, it is the same scan
  let attempts = 0;
  let timer = null;

  function keep() {
    if (pending) sessionStorage.setItem(PENDING, JSON.stringify(pending));
    else sessionStorage.removeItem(PENDING);
  }

  function submit(asked) {
    if (pending || !asked.text) return;
    const same = left && ["text", "reason", "session", "way"].every((key) => left[key] === asked[key]);
    pending = { ...asked, nonce: same ? left.nonce : api.newNonce() };
    attempts = 0;
    keep();
    attempt();
  }

  async function attempt() {
    clearTimeout(timer);
    const asked = pending;
    if (!asked) return;
    on.busy();
    let found;
    try {
      found = await answerTo(asked);
    } catch (error) {
      if (pending !== asked) return;
      settle();
      on.stuck(error);
      return;
    }
    if (pending !== asked) return; // it was given up meanwhile
    if (!found) { wait(asked); return; }
    settle();
    if (found.refusal) { on.refused(found.refusal); return; }
    left = null;
    on.answer(asked, found.outcome);
  }

  /** Returns {outcome} or {refusal}, or null if nobody could answer. */
  async function answerTo(asked) {
    const able = gate();
    const before = able?.decided(asked.nonce);
    if (before) return { outcome: before };
    const list = able?.usable(asked.session);
    if (list && line.isDown()) return { outcome: await able.decide(asked) };
    let refusal = null;
    const outcome = await line.asking(() => api.send(asked, list ? PATIENCE : undefined), (error) => { refusal = error; });
    if (refusal) return { refusal };
    if (outcome) {
      await able?.learnOnline(asked, outcome).catch(() => {}); // the service has it in any case
      return { outcome };
    }
    return list && pending === asked ? { outcome: await able.decide(asked) } : null;
  }

  function settle() {
    clearTimeout(timer);
    pending = null;
    keep();
    on.settled();
  }

  function wait(asked) {
    const pause = PAUSES[Math.min(attempts, PAUSES.length - 1)];
    attempts += 1;
    on.trouble(asked);
    timer = setTimeout(attempt, pause);
  }

  return {
    submit,
    attempt,
    isPending: () => pending !== null,
    /** Leaves the scan without an answer; returns what was asked. */
    giveUp() {
      left = pending;
      settle();
      return left;
    },
    /** Takes up a scan that had no answer when the page was closed or reloaded. */
    resume(sessions) {
      const kept = JSON.parse(sessionStorage.getItem(PENDING) || "null");
      if (!kept || pending || !sessions.some((one) => one.id === kept.session)) return null;
      pending = kept;
      attempt();
      return kept;
    },
  };
}
