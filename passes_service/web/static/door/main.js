// The door page: one scan at a time, from the camera, the keyboard or a hand scanner.

import * as api from "./api.js";
import { createCamera } from "./camera.js";
import { createDesk, keepHere, keptHere } from "./desk.js";
import { forget, handOver } from "./farewell.js";
import * as feedback from "./feedback.js";
import { openGate } from "./gate.js";
import { createHandout } from "./handout.js";
import * as identities from "./identity.js";
import * as line from "./line.js";
import * as clocks from "./clock.js";
import { createRebind } from "./rebind.js";
import { createResult } from "./result.js";
import { createScans } from "./scans.js";
import { createSearch } from "./search.js";
import { showFindings, showStatus } from "./status.js";
import { createSync } from "./sync.js";

const byId = (id) => document.getElementById(id);
const REFRESH = 10_000;
const AGAIN = 2000;

let gate = null; // this phone with keys of its own; null decides nothing alone
let lostKeys = false;
let last = null; // the last scan with an answer, for overruling it

const result = createResult({ onClose, onForce });
const desk = createDesk({ gate: () => gate, onRefused: signedOut, onProblem: (error) => result.problem(error) });
const camera = createCamera(byId("video"), {
  onText: (text) => submit({ text, typed: false }),
  onState: desk.showCamera,
});
const scans = createScans({
  gate: () => gate,
  on: { busy: camera.pause, answer: onAnswer, refused: onRefused, trouble: onTrouble, stuck: onStuck, settled: () => { byId("trouble").hidden = true; } },
});
const sync = createSync({
  gate: () => gate,
  sessions: desk.sessions,
  current: desk.current,
  on: { changed: show, uploaded: desk.refill, refused: (error) => { if (error.status === 401) signedOut(error); } },
});
const found = createSearch(byId("text"), byId("matches"), {
  names: () => names(),
  titleOf: (series) => gate?.lists.held(desk.current()?.id)?.seriesOf(series)?.title ?? "",
  onPick: (number) => submit({ text: number, typed: true }),
});
const handout = createHandout({
  gate: () => gate,
  session: () => desk.current()?.id,
  list: () => gate?.lists.held(desk.current()?.id),
  onSold: () => { show(); sync.upload(); },
  onEnter: (outcome) => onAnswer({ text: "", typed: false, way: "in" }, outcome),
  onTrouble: onStuck,
  onBusy: (open) => (open ? camera.pause() : camera.resume()),
});
const rebind = createRebind({
  session: () => desk.current()?.id,
  onEnter: (code) => submit({ text: code, typed: false }),
  onBusy: (open) => (open ? camera.pause() : camera.resume()),
});

// What is stated

function show() {
  const session = desk.current();
  showStatus({ gate, session, lostKeys });
  showFindings(gate, session);
  handout.refresh();
  byId("text-label").textContent = names() ? "Pass number or name, or hand scanner" : "Pass number, or hand scanner";
}

function names() {
  const sealed = gate?.lists.sealed(desk.current()?.id);
  return sealed?.names.length ? sealed.names : null;
}

function signedOut(error) {
  if (error.status !== 401 && !byId("desk").hidden) { result.problem(error); return; }
  const revoked = error.status === 401 && api.gateKey.get() !== null;
  byId("line").textContent = "Not signed in";
  byId("line").className = "line";
  byId("forget").hidden = !revoked;
  if (revoked) {
    say("This gate was revoked", "Ask the organizer for a new enrolment link, or sign in as a member of staff.");
    retire();
  } else if (error.status !== 401) {
    say(error.problem.title, `${error.message} ${error.problem.next ?? ""}`);
  } else {
    say("This phone is not a gate yet", "Open the enrolment link of a gate on this phone, or sign in as a member of staff. If it was a gate before, its browser has deleted the data: the organizer makes a new gate and revokes the old one, and scans that waited here are lost.");
  }
  camera.stop();
}

/** A revoked gate lets nobody in any more; what it wrote is still handed over, as evidence. */
async function retire() {
  if (!gate || gate.identity.revoked) return;
  await gate.revoked();
  await sync.upload();
}

/** Show a notice instead of the desk. */
function say(title, text) {
  byId("desk").hidden = true;
  byId("signin").hidden = false;
  byId("signin-title").textContent = title;
  byId("signin-text").textContent = text;
}

// Scanning

function submit({ text, typed, reason = "" }) {
  found.clear();
  scans.submit({ text, typed, reason, session: byId("session").value, way: desk.way() });
}

function onAnswer(asked, outcome) {
  last = asked;
  if (asked.typed) byId("text").value = "";
  const shown = outcome.alone ? { ...outcome, holder_name: nameOf(outcome.pass_id) } : outcome;
  result.decision(shown, outcome.alone ? desk.roomWarning() : "");
  if (!outcome.alone) desk.add(outcome);
  desk.count();
  desk.draw();
  show();
  sync.hearHub();
  if (outcome.alone && !line.isDown()) sync.upload();
}

function nameOf(pass) {
  const number = BigInt(pass ?? 0);
  const [series, serial] = [String((number >> 32n) & 0xffffffffffffffffn), Number(number & 0xffffffffn)];
  return names()?.find((one) => one[1] === serial && one[0] === series)?.[2] ?? "";
}

function onRefused(error) {
  camera.resume();
  if (error.status === 401) signedOut(error);
  else result.problem(error);
}

/** No decision, and none to come by waiting: the host has to hear why. */
function onStuck(error) {
  camera.resume();
  const known = ["CannotTell", "CryptoMissing"].includes(error.name);
  result.undecided(known ? error.message : `This phone could not write the scan down, so nobody is let in by it. Close other tabs of this page and make room on the phone, or use another gate. (${error.message})`);
}

function onTrouble(asked) {
  const what = asked.typed ? `“${asked.text.slice(0, 24)}”` : "The scanned code";
  byId("trouble-title").textContent = "No connection: this scan has no answer yet";
  byId("trouble-text").textContent = `${what} is kept and sent again by itself. However often it is sent, it counts once.`;
  show();
  if (!byId("trouble").hidden) return;
  byId("trouble").hidden = false;
  byId("trouble").scrollIntoView({ block: "center" });
  feedback.signal("hold");
}

function giveUp() {
  const asked = scans.giveUp();
  if (asked?.typed) byId("text").value = asked.text;
  camera.resume();
}

function onForce(reason) {
  if (last) submit({ text: last.text, typed: last.typed, reason });
}

function onClose(byHand) {
  if (byHand) camera.forget();
  if (!scans.isPending()) camera.resume();
}

// Beginning

async function begin() {
  await openThisGate();
  const answer = await line.asking(api.here, signedOut);
  if (answer) await keepHere(answer);
  const here = answer ?? (gate && line.isDown() ? await keptHere() : null);
  lostKeys = Boolean(answer?.has_keys && !gate);
  if (!here) {
    show();
    if (line.isDown()) setTimeout(begin, AGAIN);
    return;
  }
  byId("gate").textContent = ` · ${here.gate}`;
  if (!here.sessions.length) {
    say("No session is near", "There is nothing to check in for in the next two weeks.");
    return;
  }
  byId("desk").hidden = false;
  desk.showSessions(here.sessions);
  await gate?.lists.load(desk.current().id);
  show();
  sync.start();
  await desk.choose();
  show();
  const kept = scans.resume(here.sessions);
  if (kept) byId("session").value = kept.session;
  if (kept?.typed) byId("text").value = kept.text;
}

/** Takes up the keys of this phone, if it is a gate with any. */
async function openThisGate() {
  if (gate) return;
  try {
    await clocks.recall();
    const identity = await identities.load();
    if (identity?.revoked) handOver();
    if (!identity || identity.revoked) return;
    api.gateKey.restore(identity.token);
    if (api.gateKey.get() === identity.token) gate = await openGate(identity);
  } catch {
    gate = null; // a browser that keeps nothing: the page says that it needs a network
  }
}

async function lineChanged() {
  show();
  if (line.isDown() || byId("desk").hidden) return;
  sync.now();
  desk.refill();
  if (scans.isPending()) scans.attempt();
}

function listen() {
  document.addEventListener("pointerdown", feedback.wake, { passive: true });
  document.addEventListener("keydown", feedback.wake, { passive: true });
  document.addEventListener("keydown", catchHandScanner);
  byId("session").addEventListener("change", async () => {
    await gate?.lists.load(desk.current().id);
    show();
    sync.fetchLists();
    await desk.choose();
  });
  byId("camera-button").addEventListener("click", () => (camera.isOn() ? camera.stop() : camera.start()));
  byId("torch").addEventListener("click", () => {
    const on = byId("torch").getAttribute("aria-pressed") !== "true";
    byId("torch").setAttribute("aria-pressed", String(on));
    camera.light(on);
  });
  byId("typed").addEventListener("submit", (event) => {
    event.preventDefault();
    submit({ text: byId("text").value, typed: true });
  });
  byId("retry").addEventListener("click", scans.attempt);
  byId("give-up").addEventListener("click", giveUp);
  byId("forget").addEventListener("click", () => forget(byId("forget")));
  byId("signin-link").addEventListener("click", api.gateKey.forget); // staff scan under their own name
  byId("sound").addEventListener("click", () => { feedback.setMuted(!feedback.isMuted()); showSound(); });
  window.addEventListener("online", () => (scans.isPending() ? scans.attempt() : desk.count()));
  window.addEventListener("offline", line.unreached); // no need to wait for a scan to find out
  setInterval(() => { if (!document.hidden && !byId("desk").hidden) desk.count(); }, REFRESH);
  line.listen(lineChanged);
}

/** A hand scanner is a fast keyboard: its first key leads to the field, wherever the focus is. */
function catchHandScanner(event) {
  const field = byId("text");
  const inField = event.target instanceof HTMLInputElement && event.target.type !== "radio";
  const plain = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
  const elsewhere = byId("desk").hidden || !byId("handout").hidden || rebind.isOpen();
  if (!plain || inField || event.target instanceof HTMLSelectElement || elsewhere) return;
  if (result.isOpen()) result.close(true);
  field.value = "";
  field.focus();
}

function showSound() {
  const on = !feedback.isMuted();
  byId("sound").textContent = on ? "Sound is on" : "Sound is off";
  byId("sound").setAttribute("aria-pressed", String(on));
}

listen();
showSound();
navigator.serviceWorker?.register("/door/sw.js", { scope: "/door" }).catch(() => {}); // without it: no reload offline
begin();
