// The pass page's live code: the browser makes a key that cannot leave it, binds it to the pass, and
// signs a new code every 15 seconds. Once the page is open it needs no network for that.

import { REFRESH, organizerTag, signBound } from "./door-codes.js";
import { keepKey, keyOf } from "./device-keys.js";
import { drawQr } from "./qr-code.js";

const CHECK_MS = 60_000;
const FIRST_ANSWER_MS = 2_000;
const NO_ANSWER = "No answer from the service. Please try again.";
const live = document.getElementById("live");
const bind = document.getElementById("bind");

if (globalThis.crypto?.subtle && globalThis.indexedDB && (live || bind)) start();

async function start() {
  let kept;
  try {
    kept = live ? await keyOf(live.dataset.key) : undefined;
  } catch {
    return; // a browser that keeps nothing: the page says what to do without
  }
  if (kept) return show(kept);
  if (live) say(live, live.dataset.elsewhere);
  if (!bind) return;
  bind.hidden = false;
  bind.querySelector("button")?.addEventListener("click", bindHere);
}

function say(part, words) {
  const status = part.querySelector("[role=status]");
  if (status.textContent !== words) status.textContent = words; // said again only if it changed
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

async function show(kept) {
  const { pass, epoch, organizer, label: name } = live.dataset;
  const part = (what) => live.querySelector(`[data-live-${what}]`);
  const tag = await organizerTag(organizer);
  let ahead = 0; // of this phone's clock: seconds by which the service's differs
  let made = -Infinity;
  let drawing = false;

  const tick = async () => {
    const now = Date.now() / 1000 + ahead;
    if (!drawing && (now - made >= REFRESH || now < made)) {
      drawing = true;
      const [second, clock] = [Math.floor(now), ahead];
      const text = await signBound({
        passId: pass,
        epoch: Number(epoch),
        organizerTag: tag,
        now: second,
        deviceKey: kept.raw,
        privateKey: kept.privateKey,
      });
      drawQr(part("code"), text, name);
      [made, drawing] = [clock === ahead ? second : -Infinity, false]; // set right meanwhile: once more
      part("code").hidden = part("pulse").hidden = false;
    }
    part("clock").textContent = new Date(now * 1000).toLocaleTimeString([], { timeZone: live.dataset.zone });
    part("left").textContent = String(Math.max(0, Math.ceil(made + REFRESH - now)));
  };

  const check = async () => {
    const asked = Date.now();
    let answer;
    try {
      answer = await fetch(`/api/v1/me/passes/${pass}/device`, { headers: { Accept: "application/json" } });
    } catch {
      say(live, "No network. The code goes on working as long as this page stays open.");
      return;
    }
    if (answer.status === 401) say(live, "You are signed out here. The code goes on working as long as this page stays open.");
    if (!answer.ok && answer.status !== 404) return;
    const now = answer.ok ? await answer.json() : {};
    if (now.public_key !== kept.publicKey || now.epoch !== Number(epoch)) {
      window.location.reload(); // bound elsewhere, handed on or given up: the page knows more
      return;
    }
    const found = (Date.parse(now.now) - (asked + Date.now()) / 2) / 1000;
    if (Math.abs(found - ahead) > 2) [ahead, made] = [found, -Infinity];
    say(live, "Show this live code at the door.");
  };

  // The first answer also sets the clock right; without a network the phone's own has to do.
  await Promise.race([check(), new Promise((resolve) => setTimeout(resolve, FIRST_ANSWER_MS))]);
  await tick();
  setInterval(tick, 1000);
  setInterval(check, CHECK_MS);
  const seen = () => {
    if (document.hidden) return;
    tick(); // timers sleep in the background; an old code must not be the first thing shown
    stayAwake();
  };
  document.addEventListener("visibilitychange", seen);
  window.addEventListener("online", check);
  stayAwake();
}

async function stayAwake() {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // low battery, or not allowed: the screen dims as always
  }
}
