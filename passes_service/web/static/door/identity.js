// Which gate this phone is: what its enrolment answered, with its keys.

import * as api from "./api.js";
import { sha256, toHex, utf8 } from "./bytes.js";
import { enrolmentOf, makeKeys } from "./keys.js";
import * as store from "./store.js";

/** Returns {gate, organizer, token, issuerKeys, keys} or undefined for a phone that is no gate. */
export const load = () => store.get("facts", "identity");

export const keep = (identity) => store.put("facts", "identity", identity);

/** Returns the keys that were made for a link whose answer may have been lost, or undefined. */
export async function begun(link) {
  const kept = await store.get("facts", "enrolling");
  return kept?.link === (await linkId(link)) ? kept.keys : undefined;
}

const linkId = async (link) => toHex(await sha256(utf8(link)));

/** Enrols this phone by a link; an earlier gate of this phone is forgotten. */
export async function take(link) {
  // Without it the browser may delete keys and log when it is short of space. It may say no.
  await navigator.storage?.persist?.().catch(() => false);
  let keys = await begun(link);
  if (!keys) {
    keys = await makeKeys();
    // Kept before it is sent: an answer that gets lost must not leave a gate without its keys.
    await store.put("facts", "enrolling", { link: await linkId(link), keys });
  }
  const answer = await api.enrol(link, await enrolmentOf(keys, link));
  await store.clear();
  await keep({
    gate: answer.gate,
    organizer: answer.organizer_id,
    token: answer.token,
    issuerKeys: answer.issuer_keys,
    keys: { sign: keys.sign, publicKey: keys.publicKey, agree: keys.agree },
  });
  api.gateKey.set(answer.token);
  return answer;
}

/** Forgets this gate and everything that it holds. */
export async function forget() {
  api.gateKey.forget();
  await store.clear();
}
