// The service's clock, as far as this phone has seen it. Decisions and the log go by it: a phone that
// is ten minutes off must not turn people away.

import * as store from "./store.js";

let offset = null; // milliseconds to add to this phone's clock

/** Takes up what an earlier visit to the page knew. */
export async function recall() {
  offset = (await store.get("facts", "clock")) ?? null;
}

/** Learns from an answer that named the service's time, asked and read at these own instants. */
export function observe(text, asked, read) {
  const told = Date.parse(text);
  if (Number.isNaN(told)) return;
  offset = Math.round(told - (asked + read) / 2);
  store.put("facts", "clock", offset).catch(() => {}); // a browser that keeps nothing has no log either
}

export const offsetNow = () => offset;

/** Milliseconds by the service's clock. */
export const nowMs = () => Date.now() + (offset ?? 0);

/** Whole Unix seconds by the service's clock. */
export const now = () => Math.floor(nowMs() / 1000);
