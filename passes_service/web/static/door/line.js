// The line to the service: up, or down since when. Everything that asks the service reports here.

import * as api from "./api.js";
import { nowMs } from "./clock.js";

let since = null;
let hear = () => {};

export const isDown = () => since !== null;
/** The moment from which on the service was out of reach, or null. */
export const downSince = () => since;

/** `changed()` is called whenever the line went up or down. */
export function listen(changed) { hear = changed; }

export function reached() {
  const was = since;
  since = null;
  if (was !== null) hear();
}

export function unreached() {
  const was = since;
  since ??= new Date(nowMs());
  if (was === null) hear();
}

/** Does what needs the service; `onRefused(error)` hears of a refusal. Returns null without an answer. */
export async function asking(work, onRefused) {
  try {
    const answer = await work();
    reached();
    return answer;
  } catch (error) {
    if (error instanceof api.Unreachable) unreached();
    else if (error instanceof api.Refused) {
      reached();
      onRefused(error);
    } else throw error;
    return null;
  }
}
