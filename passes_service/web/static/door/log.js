// The log of what this gate decided alone: each entry names the one before and is signed
// (docs/offline-gate.md, section Log). It is on disk before anybody is let in.

import { joined, sha256, toBase64url, toHex, utf8 } from "./bytes.js";
import { signed } from "./keys.js";
import * as store from "./store.js";

const CONTEXT = utf8("EventPass gate entry 1\0");
const LONGEST_CODE = 400;
const LARGEST = 2 ** 31 - 1;
// Seconds after it arrived until an entry is deleted here: a service that was set back to a backup may
// still ask for it within them.
const KEPT = 7 * 24 * 3600;
const NO_ENTRY = "0".repeat(64);

const EMPTY = {
  ...{ pass: null, epoch: null, text: "", typed: false, code: "", rule: "", forced: "", via: "alone" },
  ...{ bundle: null, of: "", paid_minor: 0, currency: "", name: "" },
};

/** Returns the text of an entry, as it is signed. */
export function textOf({ gate, sequence, previous, at, offset, ...said }) {
  const { text, epoch, ...rest } = { ...EMPTY, ...said };
  return JSON.stringify({
    ...{ v: 1, gate, sequence, previous, at, offset },
    ...rest,
    text: isPlain(text) ? text : "",
    epoch: epoch !== null && epoch > LARGEST ? null : epoch,
  });
}

/** Tells whether a scanned text may stand in the log: short, and Unicode without zero bytes. */
function isPlain(text) {
  if (text.length > LONGEST_CODE || text.includes("\0")) return false;
  try {
    return encodeURIComponent(text).length > 0 || text === "";
  } catch {
    return false; // half a surrogate pair
  }
}

/** Returns an entry as it is kept and uploaded: {sequence, text, signature, digest, sent}. */
export async function sealedEntry(keys, said) {
  const text = textOf(said);
  const signature = toBase64url(await signed(keys, joined(CONTEXT, utf8(text))));
  return { sequence: said.sequence, text, signature, digest: toHex(await sha256(utf8(text))), sent: null };
}

/**
 * Writes one entry at the end of the log and returns it with what it says in `entry`, once the disk
 * has it. `said` needs session, kind, nonce, at, offset and what belongs to the kind; `shown` is
 * what the page says of it, outside the signature; `before` the last entry, if it was just read.
 */
export async function write(identity, said, shown = {}, before = undefined) {
  let last = before ?? (await store.last("log"));
  for (;;) {
    const place = {
      gate: identity.gate.id,
      sequence: (last?.sequence ?? 0) + 1,
      previous: last?.digest ?? NO_ENTRY,
    };
    const fresh = { ...(await sealedEntry(identity.keys, { ...said, ...place })), shown };
    if (await store.append("log", fresh)) return { ...fresh, entry: JSON.parse(fresh.text) };
    last = await store.last("log"); // another tab took the place: the chain goes on after it
  }
}

/** Returns the whole log, oldest first, each with what it says in `entry`. */
export async function whole() {
  return (await store.all("log")).map((one) => ({ ...one, entry: JSON.parse(one.text) }));
}

/** Deletes what arrived a week ago, but for the end of the chain; returns how much that was. */
export async function prune(now) {
  const old = (await store.all("log")).slice(0, -1).filter((one) => one.sent && one.sent.at < now - KEPT);
  for (const { sequence } of old) await store.remove("log", sequence);
  return old.length;
}
