// Bundles: which passes open a session and who is inside, signed by the service
// (docs/offline-gate.md, section Bundle). Records stay bytes: 50,000 objects would cost seconds.

import { CryptoMissing, keyId } from "../door-codes.js";
import { fromHex, joined, same, sha256, toHex, uint32, utf8 } from "./bytes.js";
import { uncompressed } from "./points.js";

const CONTEXT = utf8("EventPass bundle 1\0");
const SIGNED_FROM = 72;
const RECORD = 44;
const ENTRY = 18;
const LIVE = 1;
const RESERVED = 2;
const NO_GATE = 0xffff;

/** A bundle that must not be used. `why`: malformed, foreign, unsigned, expired, older or gap. */
export class BundleRefused extends Error {
  name = "BundleRefused";

  constructor(why, message) {
    super(message);
    this.why = why;
  }
}

/** Returns the bundles of a body, each of which comes after its length. */
export function split(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length;) {
    const length = at + 4 <= bytes.length ? viewOf(bytes).getUint32(at) : Infinity;
    if (at + 4 + length > bytes.length) throw new BundleRefused("malformed", "The list arrived incomplete.");
    found.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

/**
 * Returns {header, records, entries} of one bundle that may be used at the Unix second `now`.
 * `issuerKeys` are the pinned ones (hex), `organizer` and `session` ids, `heldSequence` null if none.
 * A delta comes back as it is, for `applyDelta`. Throws BundleRefused, and CryptoMissing.
 */
export async function readBundle(bytes, { issuerKeys, organizer, session, heldSequence = null, now }) {
  const found = parse(bytes);
  await checkSignature(bytes, issuerKeys);
  const { header } = found;
  if (header.organizer !== organizer || header.session.id !== session) {
    throw new BundleRefused("foreign", "This list is for another door.");
  }
  if (now >= header.not_after) throw new BundleRefused("expired", "This list is out of date.");
  if (heldSequence !== null && header.sequence <= heldSequence) {
    throw new BundleRefused("older", "This list is older than the one that is here.");
  }
  await checkChain(header);
  if (header.kind === "full") await checkState(found);
  return found;
}

/** Returns what is held with a delta applied; throws BundleRefused ("gap") if it does not fit. */
export async function applyDelta(held, delta) {
  const { header } = delta;
  if (header.base !== held.header.sequence) throw new BundleRefused("gap", "Something is missing in between.");
  const records = merged(held.records, delta.records, RECORD, 6, () => true);
  const entries = merged(held.entries, delta.entries, ENTRY, 8, (view, at) => view.getUint32(at + 8) !== 0);
  const found = { header, records, entries };
  try {
    await checkState(found);
  } catch {
    throw new BundleRefused("gap", "The change does not fit what is here.");
  }
  return found;
}

/** Throws BundleRefused if records or entries are not those that were signed. */
export async function checkState({ header, records, entries }) {
  if (toHex(await sha256(joined(records, entries))) !== header.state) {
    throw new BundleRefused("malformed", "The list is damaged.");
  }
}

function viewOf(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function malformed() {
  return new BundleRefused("malformed", "This is not a list of passes.");
}

function parse(bytes) {
  if (bytes.length < SIGNED_FROM + 4 || String.fromCharCode(...bytes.subarray(0, 4)) !== "EPB1") throw malformed();
  const start = SIGNED_FROM + 4 + viewOf(bytes).getUint32(SIGNED_FROM);
  let header;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(SIGNED_FROM + 4, start)));
  } catch {
    throw malformed();
  }
  const end = start + header?.count * RECORD;
  if (header?.v !== 1 || !wellFormed(header) || end + header.entries * ENTRY !== bytes.length) throw malformed();
  const records = bytes.subarray(start, end);
  const entries = bytes.subarray(end);
  if (!sorted(records, RECORD, 6) || !sorted(entries, ENTRY, 8)) throw malformed();
  return { header, records, entries };
}

function wellFormed(header) {
  const whole = [header.sequence, header.issued_at, header.not_after, header.count, header.entries];
  return whole.every((value) => Number.isSafeInteger(value) && value >= 0)
    && (header.kind === "full" || (header.kind === "delta" && Number.isSafeInteger(header.base)))
    && Array.isArray(header.series) && Array.isArray(header.gates) && Array.isArray(header.issuer_keys)
    && typeof header.session === "object" && header.session !== null;
}

async function checkSignature(bytes, issuerKeys) {
  const signature = bytes.slice(8, SIGNED_FROM);
  const signed = joined(CONTEXT, bytes.subarray(SIGNED_FROM));
  if (!(await signedByIssuer(issuerKeys, bytes.slice(4, 8), signature, signed))) {
    throw new BundleRefused("unsigned", "This list was not signed by the service of this gate.");
  }
}

/** Tells whether a pinned key (hex) of this id made the Ed25519 signature. */
export async function signedByIssuer(issuerKeys, id, signature, signed) {
  for (const hex of issuerKeys) {
    const raw = fromHex(hex);
    if (!raw || !same(await keyId(raw), id)) continue;
    let key;
    try {
      key = await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
    } catch (trouble) {
      if (trouble.name === "DataError") continue;
      throw new CryptoMissing("This browser cannot check Ed25519 signatures: update it, or use another.");
    }
    if (await crypto.subtle.verify({ name: "Ed25519" }, key, signature, signed)) return true;
  }
  return false;
}

async function checkChain(header) {
  const [previous, state] = [fromHex(header.previous), fromHex(header.state)];
  if (previous?.length !== 32 || state?.length !== 32) throw malformed();
  const link = await sha256(joined(previous, uint32(header.sequence), uint32(header.issued_at), state));
  if (toHex(link) !== header.chain) throw malformed();
}

/** Returns -1, 0 or 1 for the keys of `length` bytes (6 or 8) at two places. */
function compare(left, leftAt, right, rightAt, length) {
  const high = left.getUint32(leftAt) - right.getUint32(rightAt);
  if (high) return Math.sign(high);
  const low = left.getUint16(leftAt + 4) - right.getUint16(rightAt + 4);
  if (low || length === 6) return Math.sign(low);
  return Math.sign(left.getUint16(leftAt + 6) - right.getUint16(rightAt + 6));
}

function sorted(bytes, size, key) {
  const view = viewOf(bytes);
  for (let at = size; at < bytes.length; at += size) {
    if (compare(view, at - size, view, at, key) >= 0) return false;
  }
  return true;
}

/** Returns two sorted lists as one; where a key is in both, the fresh one counts, if it stays. */
function merged(held, fresh, size, key, stays) {
  const out = new Uint8Array(held.length + fresh.length);
  const [old, now] = [viewOf(held), viewOf(fresh)];
  let [from, at, end] = [0, 0, 0];
  while (from < held.length || at < fresh.length) {
    const order = from >= held.length ? 1 : at >= fresh.length ? -1 : compare(old, from, now, at, key);
    if (order < 0) {
      out.set(held.subarray(from, from + size), end);
      from += size;
      end += size;
      continue;
    }
    if (order === 0) from += size;
    if (stays(now, at)) {
      out.set(fresh.subarray(at, at + size), end);
      end += size;
    }
    at += size;
  }
  return out.slice(0, end);
}

/** The held bundle, asked by pass. */
export class PassList {
  constructor({ header, records, entries }) {
    this.header = header;
    [this.records, this.entries] = [records, entries];
    [this.recordView, this.entryView] = [viewOf(records), viewOf(entries)];
    this.indices = new Map(header.series.map((one, index) => [one.series, index]));
  }

  get count() { return this.records.length / RECORD; }

  /** Returns the Series by its number, a BigInt, or undefined. */
  seriesOf(series) { return this.header.series[this.indices.get(String(series))]; }

  /** Returns {series, serial, epoch, live, reserved, deviceKey} or null. */
  find(series, serial) {
    const index = this.indices.get(String(series));
    return index === undefined ? null : this.#at(index, serial);
  }

  /** Returns the records with this number, in whatever Series. */
  withSerial(serial) {
    return this.header.series.map((_, index) => this.#at(index, serial)).filter(Boolean);
  }

  #at(index, serial) {
    const wanted = index * 2 ** 32 + serial;
    const view = this.recordView;
    let [low, high] = [0, this.count - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const at = middle * RECORD;
      const key = view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
      if (key === wanted) return this.#record(index, serial, at);
      if (key < wanted) low = middle + 1;
      else high = middle - 1;
    }
    return null;
  }

  #record(index, serial, at) {
    const flags = this.records[at + 10];
    const short = this.records.subarray(at + 11, at + RECORD);
    return {
      series: BigInt(this.header.series[index].series),
      serial,
      epoch: this.recordView.getUint32(at + 6),
      live: (flags & LIVE) !== 0,
      reserved: (flags & RESERVED) !== 0,
      bound: short.some((byte) => byte !== 0),
      get deviceKey() { return uncompressed(short); },
    };
  }

  /** Returns the admissions of a pass: number, at, exitedAt (null if inside), the gate's name and id. */
  entriesOf(series, serial) {
    const index = this.indices.get(String(series));
    if (index === undefined) return [];
    const wanted = index * 2 ** 32 + serial;
    const view = this.entryView;
    const keyAt = (place) => view.getUint16(place * ENTRY) * 2 ** 32 + view.getUint32(place * ENTRY + 2);
    let [low, high] = [0, this.entries.length / ENTRY];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (keyAt(middle) < wanted) low = middle + 1;
      else high = middle;
    }
    const found = [];
    for (let place = low; place < this.entries.length / ENTRY && keyAt(place) === wanted; place += 1) {
      found.push(this.#entry(place * ENTRY));
    }
    return found;
  }

  #entry(at) {
    const view = this.entryView;
    const gate = view.getUint16(at + 16);
    return {
      number: view.getUint16(at + 6),
      at: view.getUint32(at + 8),
      exitedAt: view.getUint32(at + 12) || null,
      gate: gate === NO_GATE ? "" : this.header.gates[gate]?.name ?? "",
      gateId: gate === NO_GATE ? null : this.header.gates[gate]?.id ?? null,
    };
  }

  /** Returns how many came in and how many of them left again, as the service last knew. */
  counts() {
    let left = 0;
    const size = this.entries.length / ENTRY;
    for (let place = 0; place < size; place += 1) left += this.entryView.getUint32(place * ENTRY + 12) ? 1 : 0;
    return { inside: size - left, left };
  }
}
