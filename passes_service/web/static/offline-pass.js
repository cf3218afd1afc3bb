// The page of a bound pass without a network: what was kept of it, and its live code.

import { keyOf, passOf } from "./device-keys.js";
import { say, show } from "./live-code.js";

const SHOWN = "No network. This code was made by your phone and works at the door.";
const NOTHING = "No network, and nothing of this pass is kept here: it is not bound to this browser, or you signed out. Try again with a network, or ask the hosts at the door: they let you in by the number of the pass.";
const live = document.getElementById("live");
const byId = (id) => document.getElementById(id);

start();
byId("again").addEventListener("click", () => window.location.reload());

async function start() {
  const found = /^\/me\/passes\/([0-9]+)$/.exec(window.location.pathname);
  const pass = found ? await passOf(found[1]).catch(() => undefined) : undefined;
  const kept = pass && (await keyOf(pass.publicKey).catch(() => undefined));
  if (!kept) {
    say(live, NOTHING);
    return;
  }
  const next = pass.sessions.find((one) => Date.parse(one.ends) > Date.now());
  byId("title").textContent = pass.title;
  byId("number").textContent = pass.label;
  byId("next").textContent = next ? next.title : "";
  Object.assign(live.dataset, {
    pass: pass.passId,
    epoch: pass.epoch,
    organizer: pass.organizer,
    zone: pass.zone,
    label: `Live door code of pass ${pass.label}`,
  });
  say(live, SHOWN);
  await show(live, kept, async () => undefined, pass.ahead);
}
