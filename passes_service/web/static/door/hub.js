// The gate hub: a computer at the venue that serves this page and knows what its gates did, also
// while the service is out of reach.

import * as api from "./api.js";

const CLAIM_WITHIN = 800;
const ASK_WITHIN = 3000;
// After a claim without an answer the queue is not held up again for this long.
const SILENCE = 5000;

let silentUntil = 0;

export const name = () => api.hubName;

/**
 * Asks the hub whether another gate let this pass in. Returns {granted: true}, {granted: false,
 * gate, at} (milliseconds), or null if there is no hub or it did not answer in time.
 */
export async function claim({ session, pass, scope, number, nonce, at }) {
  if (!api.hubName || performance.now() < silentUntil) return null;
  try {
    return await api.callHub("POST", "/claims", { session, pass, scope, number, nonce, at }, CLAIM_WITHIN);
  } catch (error) {
    if (!(error instanceof api.Unreachable || error instanceof api.Refused)) throw error;
    silentUntil = performance.now() + SILENCE;
    return null;
  }
}

/** Hands entries of this gate's log to the hub; the service gets them as well, later. */
export function push(entries) {
  return api.callHub("POST", "/entries", { entries }, ASK_WITHIN);
}

/** Returns {cursor, entries: [{gate_name, entry}]} of what all gates did after a cursor. */
export async function after(cursor) {
  const query = cursor === null ? "" : `?after=${encodeURIComponent(cursor)}`;
  const found = await api.callHub("GET", `/entries${query}`, undefined, ASK_WITHIN);
  silentUntil = 0;
  return found;
}
