// Runs the JavaScript codec for test_door_codes_js.py: one JSON document in, one out.
// Argument: the codec. In: {gate, texts: [[text, now], ...], sign, base45, hide}, all but gate optional.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const codec = await import(pathToFileURL(process.argv[2]).href);
const { gate: told, texts, sign, base45, hide } = JSON.parse(readFileSync(0, "utf8"));
const bytes = (hex) => (hex ? Uint8Array.from(Buffer.from(hex, "hex")) : null);

const passes = new Map(
  told.passes.map(({ pass_id: id, epoch, device_key: key, step_secret: secret }) => [
    id,
    { epoch, deviceKey: bytes(key), stepSecret: bytes(secret) },
  ]),
);
const gate = {
  organizerTag: await codec.organizerTag(told.organizer),
  issuerKeys: told.issuer_keys.map(bytes),
  find: (code) => passes.get(String(code.passId)),
};

/** Takes away what an old browser, or a page by plain http, does not have. */
function cripple(what) {
  const { subtle } = crypto;
  const without = {
    importKey: (format, raw, scheme, ...rest) =>
      scheme.name === what
        ? Promise.reject(new DOMException("Unrecognized name.", "NotSupportedError"))
        : subtle.importKey(format, raw, scheme, ...rest),
    digest: (...all) => subtle.digest(...all),
    verify: (...all) => subtle.verify(...all),
    sign: (...all) => subtle.sign(...all),
  };
  const crypt = what === "subtle" ? {} : { subtle: without };
  Object.defineProperty(globalThis, "crypto", { value: crypt, configurable: true });
}

async function toldOf(text, now) {
  try {
    const { verdict, sentence, code } = await codec.checkCode(text, gate, now);
    return { verdict, sentence, identity: code && codec.scanIdentity(code) };
  } catch (trouble) {
    return { verdict: trouble.name, sentence: trouble.message, identity: null };
  }
}

async function signed({ passId, epoch, now }) {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const deviceKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const { organizerTag } = gate;
  const text = await codec.signBound({ passId, epoch, organizerTag, now, deviceKey, privateKey: pair.privateKey });
  return { text, device_key: Buffer.from(deviceKey).toString("hex") };
}

function decoded(text) {
  try {
    return Buffer.from(codec.decodeBase45(text)).toString("hex");
  } catch (trouble) {
    return trouble.name;
  }
}

const answer = { signed: [], verdicts: [], encoded: [], decoded: [] };
for (const one of sign ?? []) answer.signed.push(await signed(one).catch(({ name }) => ({ refused: name })));
if (hide) cripple(hide);
for (const [text, now] of texts ?? []) answer.verdicts.push(await toldOf(text, now));
for (const hex of base45?.encode ?? []) answer.encoded.push(codec.encodeBase45(bytes(hex) ?? []));
for (const text of base45?.decode ?? []) answer.decoded.push(decoded(text));
process.stdout.write(JSON.stringify(answer));
