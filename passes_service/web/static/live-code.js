// The live code of a bound pass: signed anew every 15 seconds by a key that cannot leave this
// browser, drawn here. It needs no network.

import { REFRESH, organizerTag, signBound } from "./door-codes.js";
import { drawQr } from "./qr-code.js";

const FIRST_ANSWER_MS = 2_000;
const CHECK_MS = 60_000;

/** Says it in the part's status line, again only if it changed. */
export function say(part, words) {
  const status = part.querySelector("[role=status]");
  if (status.textContent !== words) status.textContent = words;
}

/**
 * Shows the codes of a pass in `live`, whose data say which. `kept` is its key. `check` asks the
 * service, now and every minute, and returns by how many seconds its clock is ahead of this
 * phone's, or nothing; `ahead` is what was known of that before.
 */
export async function show(live, kept, check, ahead = 0) {
  const { pass, epoch, organizer, label: name } = live.dataset;
  const part = (what) => live.querySelector(`[data-live-${what}]`);
  const tag = await organizerTag(organizer);
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

  const ask = async () => {
    const found = await check();
    if (found !== undefined && Math.abs(found - ahead) > 2) [ahead, made] = [found, -Infinity];
  };

  // The first answer also sets the clock right; without a network the phone's own has to do.
  await Promise.race([ask(), new Promise((resolve) => setTimeout(resolve, FIRST_ANSWER_MS))]);
  await tick();
  setInterval(tick, 1000);
  setInterval(ask, CHECK_MS);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    tick(); // timers sleep in the background; an old code must not be the first thing shown
    stayAwake();
  });
  window.addEventListener("online", ask);
  stayAwake();
  brighten(live);
}

// ---- a screen that a scanner can read: white from edge to edge, and it stays on

function brighten(live) {
  const button = live.querySelector("[data-live-bright]");
  const turn = (on) => {
    live.classList.toggle("bright", on);
    document.documentElement.classList.toggle("still", on); // nothing scrolls behind it
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? "Smaller" : "Large and bright";
    if (on) stayAwake();
  };
  button.addEventListener("click", () => turn(!live.classList.contains("bright")));
  live.querySelector("[data-live-code]").addEventListener("click", () => turn(!live.classList.contains("bright")));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") turn(false);
  });
}

async function stayAwake() {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // low battery, or not allowed: the screen dims as always
  }
}
