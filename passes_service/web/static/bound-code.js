// The pass page: the browser makes a key that cannot leave it, binds it to the pass, and from then
// on shows live codes, without a network too.

import { keepKey, keepPass, keyOf } from "./device-keys.js";
import { say, show } from "./live-code.js";
import { dropOffline, keepOffline } from "./offline-pages.js";

const NO_ANSWER = "No answer from the service. Please try again.";
const live = document.getElementById("live");
const bind = document.getElementById("bind");
const page = document.querySelector("[data-pass-page]");

if (globalThis.crypto?.subtle && globalThis.indexedDB && page) start();

async function start() {
  let kept;
  try {
    kept = live ? await keyOf(live.dataset.key) : undefined;
    if (!kept) await dropOffline(page.dataset.passPage);
  } catch {
    return; // a browser that keeps nothing: the page says what to do without
  }
  if (kept) return showHere(kept);
  if (live) say(live, live.dataset.elsewhere);
  if (!bind) return;
  bind.hidden = false;
  bind.querySelector("button")?.addEventListener("click", bindHere);
}

// ---- binding

let pending = null; // kept until the service answers: a second press repeats the same call

async function bindHere() {
  const button = bind.querySelector("button");
  button.disabled = true;
  say(bind, "Making the key of this phone …");
  try {
    // Without it the browser may delete the key when it is short of space. It may say no.
    await navigator.storage?.persist?.().catch(() => false);
    pending ??= await newKey(bind.dataset.pass);
    const answer = await fetch(`/api/v1/me/passes/${bind.dataset.pass}/device`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": pending.call },
      body: JSON.stringify({ public_key: pending.publicKey, label: label() }),
    });
    const final = answer.status < 500 && !answer.headers.has("Retry-After");
    if (final) pending = null;
    if (answer.ok) {
      window.location.reload();
      return;
    }
    const problem = await answer.json().catch(() => null); // a proxy answers with a page
    say(bind, problem ? `${problem.detail} ${problem.next}` : NO_ANSWER);
  } catch (trouble) {
    const offline = trouble instanceof TypeError;
    say(bind, offline ? NO_ANSWER : `This browser cannot keep a key: ${trouble.message}`);
  }
  button.disabled = false;
}

async function newKey(passId) {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const publicKey = btoa(String.fromCharCode(...raw)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  // Kept before it is bound: an answer that gets lost must not leave a pass without its key.
  await keepKey({ publicKey, passId, raw, privateKey: pair.privateKey });
  return { publicKey, call: crypto.randomUUID() };
}

function label() {
  return (navigator.userAgentData?.platform || navigator.platform || "").slice(0, 60);
}

// ---- showing

async function showHere(kept) {
  const { pass, epoch, organizer, key, zone, number } = live.dataset;
  const known = {
    passId: pass,
    epoch: Number(epoch),
    organizer,
    publicKey: key,
    label: number,
    zone,
    title: live.dataset.title,
    sessions: JSON.parse(live.dataset.sessions),
  };
  const offline = await keepOffline(known);
  const goesOn = offline ? "The code goes on working, on this page and when you open it again." : "The code goes on working as long as this page stays open.";

  const check = async () => {
    const asked = Date.now();
    let answer;
    try {
      answer = await fetch(`/api/v1/me/passes/${pass}/device`, { headers: { Accept: "application/json" } });
    } catch {
      say(live, `No network. ${goesOn}`);
      return undefined;
    }
    if (answer.status === 401) say(live, `You are signed out here. ${goesOn}`);
    if (!answer.ok && answer.status !== 404) return undefined;
    const now = answer.ok ? await answer.json() : {};
    if (now.public_key !== kept.publicKey || now.epoch !== Number(epoch)) {
      window.location.reload(); // bound elsewhere, handed on or given up: the page knows more
      return undefined;
    }
    say(live, "Show this live code at the door.");
    const ahead = (Date.parse(now.now) - (asked + Date.now()) / 2) / 1000;
    if (offline) await keepPass({ ...known, ahead }); // a phone whose clock is wrong goes by it offline too
    return ahead;
  };
  await show(live, kept, check);
}
