// Door codes of kinds S, B and T in JavaScript: read, check, and make B (docs/door-codes.md says
// what every byte means, tests/vectors/door_codes.json what every code must come to). No imports,
// so that the scanner page, the holder's page, a service worker and Node can all use it.
// Bytes are Uint8Array, times whole Unix seconds, Series and pass numbers BigInt.

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const VALUES = new Map([...ALPHABET].map((character, value) => [character, value]));
const PREFIX = "EP1:";
const CONTEXT = new TextEncoder().encode("EventPass door code 1\0");
const STATIC = 0x11;
const BOUND = 0x12;
const TIME_STEP = 0x13;
const TEXT = { S: 154, B: 148, T: 64 };
const HEAD_TEXT = 46;
const MAX_UINT32 = 2 ** 32 - 1;

/** Seconds by which a live code may differ from the gate's clock, both ends included. */
export const TOLERANCE = 45;
/** Seconds after which a live code makes way for the next. */
export const REFRESH = 15;

export const SENTENCES = {
  VALID: "This code is genuine.",
  MALFORMED: "This is not one of our pass codes. Please show the code of the pass.",
  BAD_SIGNATURE: "This code is not genuine: we did not sign it.",
  UNKNOWN: "This code is for somebody else's events, not for these.",
  EXPIRED: "This code has expired. Please open the pass page for a new one.",
  STALE: "This code is not of this minute. Please open the pass and show it live.",
};
const NOT_OF_DEVICE = "This code is not genuine: the phone of this pass did not make it.";
const UNKNOWN_NUMBER = "We have no pass with this number.";

/** The text is not a door code in its one form. */
export class CodeMalformed extends Error {
  name = "CodeMalformed";
}

/** This browser cannot do the arithmetic: no verdict on the code, a fault of the device. */
export class CryptoMissing extends Error {
  name = "CryptoMissing";
}

/** Returns bytes in base45 (RFC 9285). */
export function encodeBase45(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const whole = at + 1 < bytes.length;
    let value = whole ? bytes[at] * 256 + bytes[at + 1] : bytes[at];
    for (let digit = 0; digit < (whole ? 3 : 2); digit += 1) {
      text += ALPHABET[value % 45];
      value = Math.floor(value / 45);
    }
  }
  return text;
}

/** Returns the bytes that base45 spells; throws CodeMalformed for any but the one spelling. */
export function decodeBase45(text) {
  const values = Array.from(text, (character) => VALUES.get(character));
  if (values.includes(undefined)) throw new CodeMalformed("A character is outside the base45 alphabet.");
  if (values.length % 3 === 1) throw new CodeMalformed("The last group is incomplete.");
  const bytes = [];
  for (let at = 0; at < values.length; at += 3) {
    const [low, middle, high] = values.slice(at, at + 3);
    if (high === undefined) {
      if (low + 45 * middle > 0xff) throw new CodeMalformed("The last group is larger than one byte.");
      bytes.push(low + 45 * middle);
    } else {
      const pair = low + 45 * middle + 2025 * high;
      if (pair > 0xffff) throw new CodeMalformed("A group is larger than two bytes.");
      bytes.push(pair >> 8, pair & 0xff);
    }
  }
  return Uint8Array.from(bytes);
}

/** Returns what a code of any kind says, or throws CodeMalformed; nothing is verified yet. */
export function readCode(text) {
  const kind = typeof text === "string" && Object.keys(TEXT).find((one) => TEXT[one] === text.length);
  if (!kind || !text.startsWith(PREFIX)) throw new CodeMalformed("No pass code has this form.");
  const code = kind === "T" ? readTimeStep(text) : readSigned(kind, text);
  if (code.series === 0n || code.serial === 0) throw new CodeMalformed("The code names no pass.");
  return code;
}

function readSigned(kind, text) {
  const bytes = decodeBase45(text.slice(PREFIX.length));
  const code = readHead(bytes, kind, kind === "S" ? STATIC : BOUND);
  const view = new DataView(bytes.buffer);
  const body = bytes.length - 64;
  const said = { ...code, body: bytes.slice(0, body), signature: bytes.slice(body) };
  if (kind === "B") return { ...said, madeAt: view.getUint32(28) };
  const [issuedAt, expiresAt] = [view.getUint32(28), view.getUint32(32)];
  if (issuedAt >= expiresAt) throw new CodeMalformed("The code expires before its issue.");
  return { ...said, issuedAt, expiresAt };
}

function readTimeStep(text) {
  const digits = /^([0-9]{10})([0-9]{8})$/.exec(text.slice(HEAD_TEXT));
  const shownAt = digits ? Number(digits[1]) : Infinity;
  if (shownAt > MAX_UINT32) throw new CodeMalformed("A time-step code ends in a time and eight digits.");
  const head = decodeBase45(text.slice(PREFIX.length, HEAD_TEXT));
  // The digits prove the step, not the second within it.
  return { ...readHead(head, "T", TIME_STEP), shownAt, madeAt: shownAt - (shownAt % REFRESH), totp: digits[2] };
}

function readHead(bytes, kind, kindByte) {
  if (bytes[0] !== kindByte) throw new CodeMalformed("This code is of a kind that is not known here.");
  const view = new DataView(bytes.buffer);
  const [series, serial] = [view.getBigUint64(12), view.getUint32(20)];
  return {
    kind,
    keyId: bytes.slice(1, 5),
    organizerTag: bytes.slice(5, 12),
    series,
    serial,
    epoch: view.getUint32(24),
    passId: (1n << 96n) | (series << 32n) | BigInt(serial),
  };
}

/**
 * Returns {verdict, sentence, code} for whatever was scanned at the Unix second `now`.
 * `gate` is {organizerTag, issuerKeys, find}: find(code) is asked for the pass of a live code and
 * gives {epoch, deviceKey, stepSecret}, or nothing for a pass that does not exist; it may be async.
 * Throws only CryptoMissing.
 */
export async function checkCode(text, gate, now) {
  let code;
  try {
    code = readCode(text);
  } catch (trouble) {
    if (!(trouble instanceof CodeMalformed)) throw trouble;
    return { verdict: "MALFORMED", sentence: SENTENCES.MALFORMED, code: null };
  }
  const [verdict, sentence] = await (code.kind === "S" ? judgeStatic : judgeLive)(code, gate, Math.floor(now));
  return { verdict, sentence: sentence ?? SENTENCES[verdict], code };
}

/** Returns by what two scans of a live code are the same, as text; null for a static code. */
export function scanIdentity(code) {
  return code.kind === "S" ? null : `${code.passId}/${code.epoch}/${code.madeAt}`;
}

async function judgeStatic(code, gate, now) {
  let signed = false;
  for (const key of gate.issuerKeys) {
    signed ||= same(await keyId(key), code.keyId) && (await verified(ED25519, key, code));
  }
  if (!signed) return ["BAD_SIGNATURE"];
  if (!same(code.organizerTag, gate.organizerTag)) return ["UNKNOWN"];
  return [now >= code.expiresAt ? "EXPIRED" : "VALID"];
}

async function judgeLive(code, gate, now) {
  if (!same(code.organizerTag, gate.organizerTag)) return ["UNKNOWN"];
  const known = await gate.find(code);
  if (!known) return ["UNKNOWN", UNKNOWN_NUMBER];
  // Before the proof: the key belongs to the epoch, and an old phone is no forger.
  if (known.epoch !== code.epoch) return ["STALE"];
  if (code.kind === "B") {
    const key = known.deviceKey;
    const genuine = key?.length === 65 && same(await keyId(key), code.keyId) && (await verified(P256, key, code));
    if (!genuine) return ["BAD_SIGNATURE", NOT_OF_DEVICE];
  } else if (!known.stepSecret || !(await madeWith(known.stepSecret, code))) {
    return ["BAD_SIGNATURE"];
  }
  return [Math.abs(now - code.madeAt) > TOLERANCE ? "STALE" : "VALID"];
}

const ED25519 = { name: "Ed25519", make: { name: "Ed25519" }, check: { name: "Ed25519" } };
const P256 = {
  name: "P-256",
  make: { name: "ECDSA", namedCurve: "P-256" },
  check: { name: "ECDSA", hash: "SHA-256" },
};

/** Returns WebCrypto, which browsers hide on pages that came by plain http. */
function subtle() {
  const found = globalThis.crypto?.subtle;
  if (!found) throw new CryptoMissing("This page cannot check signatures: open it by https.");
  return found;
}

async function verified(scheme, raw, code) {
  const crypt = subtle();
  let key;
  try {
    key = await crypt.importKey("raw", raw, scheme.make, false, ["verify"]);
  } catch (trouble) {
    if (trouble.name === "DataError") return false; // the bytes are no key
    throw new CryptoMissing(`This browser cannot check ${scheme.name} signatures: update it, or use another.`);
  }
  return crypt.verify(scheme.check, key, code.signature, joined(CONTEXT, code.body));
}

/** Returns the eight digits of a time step (RFC 6238 with HMAC-SHA-1). */
export async function totp(secret, step) {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(step));
  const key = await subtle().importKey("raw", secret, { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
  const mac = new DataView(await subtle().sign("HMAC", key, counter.buffer));
  const number = mac.getUint32(mac.getUint8(19) & 0x0f) & 0x7fffffff;
  return String(number % 1e8).padStart(8, "0");
}

async function madeWith(secret, code) {
  const named = await keyId(joined(CONTEXT, Uint8Array.of(TIME_STEP), secret));
  return same(named, code.keyId) && (await totp(secret, code.madeAt / REFRESH)) === code.totp;
}

/** Returns the four bytes by which codes name a public key. */
export async function keyId(bytes) {
  return new Uint8Array(await subtle().digest("SHA-256", bytes)).slice(0, 4);
}

/** Returns the seven bytes by which codes name an organizer, whose id is a UUID as text. */
export async function organizerTag(uuid) {
  const bytes = Uint8Array.from(uuid.replaceAll("-", "").match(/../g), (pair) => parseInt(pair, 16));
  return new Uint8Array(await subtle().digest("SHA-256", bytes)).slice(0, 7);
}

/**
 * Returns the text of a bound code made at the Unix second `now`. `privateKey` is a P-256 CryptoKey
 * that may sign, normally not extractable; `deviceKey` its public half, 65 bytes.
 */
export async function signBound({ passId, epoch, organizerTag: tag, now, deviceKey, privateKey }) {
  const [series, serial] = [(BigInt(passId) >> 32n) & 0xffffffffffffffffn, BigInt(passId) & 0xffffffffn];
  if (BigInt(passId) >> 96n !== 1n || !series || !serial) throw new RangeError("This number does not belong to a pass.");
  for (const value of [epoch, Math.floor(now)]) {
    // A DataView would wrap it without a word.
    if (!(Number.isInteger(value) && value >= 0 && value <= MAX_UINT32)) throw new RangeError("The epoch or the time does not fit.");
  }
  const body = new Uint8Array(32);
  const view = new DataView(body.buffer);
  body[0] = BOUND;
  body.set(await keyId(deviceKey), 1);
  body.set(tag, 5);
  view.setBigUint64(12, series);
  view.setUint32(20, Number(serial));
  view.setUint32(24, epoch);
  view.setUint32(28, Math.floor(now));
  const signature = await subtle().sign(P256.check, privateKey, joined(CONTEXT, body));
  return PREFIX + encodeBase45(joined(body, new Uint8Array(signature)));
}

function joined(...parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function same(left, right) {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}
