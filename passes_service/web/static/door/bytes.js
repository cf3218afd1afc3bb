// Bytes as the gate's protocol writes them: hexadecimal, base64url, digests, ids.

const TEXT = new TextEncoder();

export const utf8 = (text) => TEXT.encode(text);

export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Returns the bytes of hexadecimal text of any case, or null for anything else. */
export function fromHex(text) {
  if (typeof text !== "string" || text.length % 2 || /[^0-9a-f]/i.test(text)) return null;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function toBase64url(bytes) {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function fromBase64url(text) {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (character) => character.charCodeAt(0));
}

export function joined(...parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function same(left, right) {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

/** Returns a whole number below 2^32 as four bytes. */
export function uint32(value) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** Returns the sixteen bytes of a UUID as text. */
export function uuidBytes(uuid) {
  return fromHex(uuid.replaceAll("-", ""));
}

/** Returns the number of a pass: a BigInt of its Series and its place there. */
export const passNumber = (series, serial) => (1n << 96n) | (BigInt(series) << 32n) | BigInt(serial);
