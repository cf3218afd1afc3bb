// The gate's own keys: one signs its log, one opens what is sealed for it. Neither can be read by
// any script, this one included.

import { joined, sha256, toBase64url, utf8 } from "./bytes.js";

const PROOF = utf8("EventPass gate enrolment 1\0");
const ECDSA = { name: "ECDSA", namedCurve: "P-256" };
const ECDH = { name: "ECDH", namedCurve: "P-256" };
// Any point will do to ask whether the browser knows the curve: this is RFC 8032's first test key.
const SOME_ED25519 = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

/** Returns why this browser cannot be a gate with keys, or an empty text. */
export async function whyNoKeys() {
  if (!globalThis.crypto?.subtle) return "This page did not come by https, so it has no keys.";
  if (!globalThis.indexedDB) return "This browser keeps nothing. Leave private mode and open the page again.";
  return "";
}

/** Returns whether this browser can check the service's signatures by itself. */
export async function knowsEd25519() {
  try {
    const raw = Uint8Array.from(SOME_ED25519.match(/../g), (pair) => parseInt(pair, 16));
    await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

/** Makes the keys and the secret of a gate. */
export async function makeKeys() {
  const signing = await crypto.subtle.generateKey(ECDSA, false, ["sign"]);
  const agreeing = await crypto.subtle.generateKey(ECDH, false, ["deriveBits"]);
  return {
    sign: signing.privateKey,
    publicKey: new Uint8Array(await crypto.subtle.exportKey("raw", signing.publicKey)),
    agree: agreeing.privateKey,
    agreementKey: new Uint8Array(await crypto.subtle.exportKey("raw", agreeing.publicKey)),
    secret: crypto.getRandomValues(new Uint8Array(32)),
  };
}

/** Returns the signature, r then s, of a gate's key. */
export async function signed(keys, bytes) {
  return new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, keys.sign, bytes));
}

/** Returns what enrols these keys for the link with this token. */
export async function enrolmentOf(keys, token) {
  const proven = joined(PROOF, await sha256(utf8(token)), keys.publicKey, keys.agreementKey);
  return {
    public_key: toBase64url(keys.publicKey),
    agreement_key: toBase64url(keys.agreementKey),
    secret: toBase64url(keys.secret),
    proof: toBase64url(await signed(keys, proven)),
  };
}
