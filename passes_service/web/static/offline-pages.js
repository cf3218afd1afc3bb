// The worker that opens the page of a bound pass without a network: installed where a pass is bound
// to this browser, taken out again with the last one and at a logout.

import { forgetPass, forgetPasses, keepPass, passOf, passesKept } from "./device-keys.js";

const SCOPE = "/me/";
const CACHE = "pass-page-";

/** Lets the page of a bound pass open without a network; tells whether it will. */
export async function keepOffline(pass) {
  try {
    await keepPass({ ...(await passOf(pass.passId)), ...pass }); // what the clock was known to be stays
    if (!navigator.serviceWorker) return false;
    await navigator.serviceWorker.register(`${SCOPE}sw.js`, { scope: SCOPE });
    return true;
  } catch {
    return false; // a browser that keeps nothing: the page works while it is open
  }
}

/** Ends that for one pass. */
export async function dropOffline(passId) {
  await forgetPass(passId);
  if ((await passesKept()) === 0) await takeOut();
}

/** Ends it for all. */
export async function dropAll() {
  await forgetPasses();
  await takeOut();
}

async function takeOut() {
  const worker = await navigator.serviceWorker?.getRegistration(SCOPE);
  if (worker && new URL(worker.scope).pathname === SCOPE) await worker.unregister();
  const caches = globalThis.caches ? await globalThis.caches.keys() : [];
  await Promise.all(caches.filter((name) => name.startsWith(CACHE)).map((name) => globalThis.caches.delete(name)));
}
