// What is sealed for this gate alone: names where it may search by them, secrets of time-step codes,
// reserved passes (docs/offline-gate.md, section Sealed part). Kept as it came, opened in memory.

import { signedByIssuer } from "./bundle.js";
import { joined, uuidBytes, utf8 } from "./bytes.js";

const CONTEXT = utf8("EventPass sealed 1\0");
const KEY = 65;
const NONCE = 12;
const SIGNED_FROM = 72;

/** Returns the sealed document; throws if it is not for this gate and session, or not genuine. */
export async function openSealed(bytes, { agree, gate, session, issuerKeys }) {
  const plain = await decrypted(bytes, agree, gate);
  const text = new TextDecoder().decode(plain.subarray(0, 4));
  const signature = plain.slice(8, SIGNED_FROM);
  const body = plain.subarray(SIGNED_FROM);
  const genuine = text === "EPS1"
    && (await signedByIssuer(issuerKeys, plain.slice(4, 8), signature, joined(CONTEXT, body)));
  if (!genuine) throw new Error("What was sealed for this gate is not by its service.");
  const found = JSON.parse(new TextDecoder().decode(body));
  if (found.v !== 1 || found.gate !== gate || found.session !== session) throw new Error("This was sealed for another gate.");
  return found;
}

async function decrypted(bytes, agree, gate) {
  const ephemeral = await crypto.subtle.importKey(
    "raw", bytes.slice(0, KEY), { name: "ECDH", namedCurve: "P-256" }, false, [],
  );
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: ephemeral }, agree, 256);
  const base = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const derive = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: joined(CONTEXT, uuidBytes(gate)) };
  const key = await crypto.subtle.deriveKey(derive, base, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
  const iv = bytes.slice(KEY, KEY + NONCE);
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, bytes.slice(KEY + NONCE)));
}

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Returns at most `most` of [series, serial, name] in which every word that was typed begins a word. */
export function search(names, typed, most = 20) {
  const words = folded(typed).split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const found = [];
  for (const one of names) {
    const parts = folded(one[2]).split(/[\s\-.'’]+/);
    if (words.every((word) => parts.some((part) => part.startsWith(word)))) found.push(one);
    if (found.length === most) break;
  }
  return found;
}
