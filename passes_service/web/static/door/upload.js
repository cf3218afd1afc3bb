// Brings the log to the service: in pieces, in the background, as often as it takes. Sending a piece
// twice changes nothing, so whatever was cut short is simply sent again.

import { Refused } from "./api.js";
import { utf8 } from "./bytes.js";
import * as store from "./store.js";

const MOST = 200;
const MOST_BYTES = 240_000; // the service takes bodies of 256 KiB
let checked = false;

/** Returns the entries that the service has not confirmed, oldest first. */
export async function waiting() {
  return (await store.all("log")).filter((one) => one.sent === null);
}

/** Returns as many of the entries as one request may hold. */
export function piece(entries) {
  let bytes = 0;
  const fits = entries.slice(0, MOST).findIndex((one) => {
    bytes += utf8(JSON.stringify(one.text)).length + one.signature.length + 40;
    return bytes > MOST_BYTES;
  });
  return entries.slice(0, fits < 0 ? MOST : Math.max(1, fits));
}

/**
 * Sends what waits. `send(entries)` is the call; `settled(records)` hears of each piece that arrived.
 * Returns how many arrived. Throws what `send` throws.
 */
export async function uploadWaiting(send, settled) {
  const work = () => run(send, settled);
  if (!navigator.locks) return work();
  return navigator.locks.request("door-gate.upload", { ifAvailable: true }, (lock) => (lock ? work() : 0));
}

async function run(send, settled) {
  let done = 0;
  let most = MOST;
  for (;;) {
    const some = piece(await waiting()).slice(0, most);
    if (!some.length) return done;
    let answer;
    try {
      answer = await send(some.map(({ text, signature }) => ({ entry: text, signature })));
    } catch (error) {
      if (!(error instanceof Refused && error.status === 413 && most > 1)) throw error;
      most = Math.ceil(some.length / 2);
      continue;
    }
    const records = marked(some, answer);
    await store.replace("log", ...records);
    done += records.length;
    await settled(records);
    await checkGaps(answer);
    if (!records.length) return done;
  }
}

/** Returns the entries with what became of them; an entry without a result stays as it is. */
function marked(entries, answer) {
  const results = new Map(answer.results.map((one) => [one.sequence, one]));
  return entries.filter((one) => results.has(one.sequence)).map((one) => {
    const { state, code, conflict, detail } = results.get(one.sequence);
    return { ...one, sent: { state, code, conflict, detail, at: Date.parse(answer.now) / 1000 } };
  });
}

/** Once per visit: a service that was set back to a backup has less of the log than it said. */
async function checkGaps(answer) {
  if (checked) return;
  checked = true;
  const lost = (await store.all("log")).filter((one) => one.sent?.state === "merged" && one.sequence > answer.have_until);
  const results = new Set(answer.results.map((one) => one.sequence));
  await store.replace("log", ...lost.filter((one) => !results.has(one.sequence)).map((one) => ({ ...one, sent: null })));
}
