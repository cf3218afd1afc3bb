// The door page: one scan at a time, from the camera, the keyboard or a hand scanner.

import * as api from "./api.js";
import { createCamera } from "./camera.js";
import * as feedback from "./feedback.js";
import { createRecent } from "./recent.js";
import { createResult } from "./result.js";
import { clock, day } from "./words.js";

const byId = (id) => document.getElementById(id);
const SESSION = "door.session";
const PENDING = "door.pending";
const REFRESH = 10_000;
const PAUSES = [1000, 2000, 4000, 8000];

let sessions = [];
let pending = null; // the scan without an answer; its nonce stays until there is one
let left = null; // the last scan that was given up: asked again, it is the same scan
let last = null; // the last scan with an answer, for overruling it
let attempts = 0;
let retryTimer = null;
let offlineSince = null;

const result = createResult({ onClose, onForce });
const recent = createRecent(byId("recent"), byId("nothing"), { onUndo });
const camera = createCamera(byId("video"), {
  onText: (text) => submit({ text, typed: false }),
  onState: showCamera,
});

const current = () => sessions.find((one) => one.id === byId("session").value);
const way = () => document.querySelector("input[name=way]:checked").value;

// Connection

function reached() {
  offlineSince = null;
  byId("line").textContent = "Online";
  byId("line").className = "line good";
}

function unreached() {
  offlineSince = offlineSince || new Date();
  const since = clock(offlineSince, current()?.time_zone);
  byId("line").textContent = `No connection since ${since}`;
  byId("line").className = "line bad";
}

/** Do what needs the service; tell the connection from a refusal. */
async function asking(work, onRefused = signedOut) {
  try {
    const answer = await work();
    reached();
    return answer;
  } catch (error) {
    if (error instanceof api.Unreachable) unreached();
    else if (error instanceof api.Refused) { reached(); onRefused(error); }
    else throw error;
    return null;
  }
}

function signedOut(error) {
  if (error.status !== 401 && !byId("desk").hidden) { result.problem(error); return; }
  const revoked = error.status === 401 && api.gateKey.get() !== null;
  byId("line").textContent = "Not signed in";
  byId("line").className = "line";
  byId("forget").hidden = !revoked;
  if (revoked) {
    say("This gate was revoked", "Ask the organizer for a new enrolment link, or sign in as a member of staff.");
  } else if (error.status !== 401) {
    say(error.problem.title, `${error.message} ${error.problem.next ?? ""}`);
  } else {
    say("This phone is not a gate yet", "Open the enrolment link of a gate on this phone, or sign in as a member of staff.");
  }
  camera.stop();
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
  if (pending || !text) return;
  const asked = { text, typed, reason, session: byId("session").value, way: way() };
  const same = left && ["text", "reason", "session", "way"].every((key) => left[key] === asked[key]);
  pending = { ...asked, nonce: same ? left.nonce : api.newNonce() };
  attempts = 0;
  keep();
  attempt();
}

function keep() {
  if (pending) sessionStorage.setItem(PENDING, JSON.stringify(pending));
  else sessionStorage.removeItem(PENDING);
}

async function attempt() {
  clearTimeout(retryTimer);
  const ask = pending;
  if (!ask) return;
  camera.pause();
  let refusal = null;
  const outcome = await asking(() => api.send(ask), (error) => { refusal = error; });
  if (pending !== ask) return; // it was given up meanwhile
  if (!outcome && !refusal) { trouble(); return; }
  settle();
  if (refusal) {
    camera.resume();
    if (refusal.status === 401) signedOut(refusal);
    else result.problem(refusal);
    return;
  }
  left = null;
  last = ask;
  if (ask.typed) byId("text").value = "";
  result.decision(outcome);
  recent.add(outcome);
  count();
}

function settle() {
  clearTimeout(retryTimer);
  pending = null;
  keep();
  byId("trouble").hidden = true;
}

function trouble() {
  const pause = PAUSES[Math.min(attempts, PAUSES.length - 1)];
  attempts += 1;
  const what = pending.typed ? `“${pending.text.slice(0, 24)}”` : "The scanned code";
  byId("trouble-title").textContent = "No connection: this scan has no answer yet";
  byId("trouble-text").textContent = `${what} is kept and sent again by itself. However often it is sent, it counts once.`;
  if (byId("trouble").hidden) {
    byId("trouble").hidden = false;
    byId("trouble").scrollIntoView({ block: "center" });
    feedback.signal("hold");
  }
  retryTimer = setTimeout(attempt, pause);
}

function giveUp() {
  left = pending;
  if (pending?.typed) byId("text").value = pending.text;
  settle();
  camera.resume();
}

function onForce(reason) {
  if (last) submit({ text: last.text, typed: last.typed, reason });
}

function onClose(byHand) {
  if (byHand) camera.forget();
  if (!pending) camera.resume();
}

async function onUndo(outcome) {
  const done = await asking(() => api.annul(outcome.check_in_id), (error) => result.problem(error));
  if (done) recent.undone(outcome.check_in_id);
  await count();
}

// What is around

async function count() {
  const session = current();
  if (!session) return;
  const found = await asking(() => api.counters(session.id));
  if (!found || current() !== session) return;
  byId("inside").textContent = found.capacity ? `${found.inside} / ${found.capacity}` : found.inside;
  byId("left").textContent = found.left;
  byId("refused").textContent = found.refused;
}

async function choose() {
  const session = current();
  if (!session) return;
  localStorage.setItem(SESSION, session.id);
  const found = await asking(() => api.lastScans(session.id));
  if (found && current() === session) recent.fill(found, session.time_zone);
  await count();
}

function nearest(found) {
  const kept = found.find((one) => one.id === localStorage.getItem(SESSION));
  if (kept && Date.parse(kept.ends_at) > Date.now()) return kept;
  return found.find((one) => Date.parse(one.ends_at) > Date.now()) || found.at(-1);
}

function showSessions(found) {
  sessions = found;
  byId("session").replaceChildren(...found.map((one) => {
    const when = `${day(one.starts_at, one.time_zone)}, ${clock(one.starts_at, one.time_zone)}`;
    return new Option(`${one.title} · ${when}`, one.id);
  }));
  const first = nearest(found);
  if (first) byId("session").value = first.id;
}

function showCamera({ on, text, torch }) {
  byId("camera").classList.toggle("on", on);
  byId("camera-text").textContent = text;
  byId("camera-button").textContent = on ? "Stop the camera" : "Start the camera";
  byId("torch").hidden = !torch;
}

async function begin() {
  const found = await asking(api.here);
  if (!found) {
    if (offlineSince) setTimeout(begin, PAUSES[1]);
    return;
  }
  byId("gate").textContent = ` · ${found.gate}`;
  if (!found.sessions.length) {
    say("No session is near", "There is nothing to check in for in the next two weeks.");
    return;
  }
  byId("desk").hidden = false;
  showSessions(found.sessions);
  await choose();
  resume();
}

/** Take up a scan that had no answer when the page was closed or reloaded. */
function resume() {
  const kept = JSON.parse(sessionStorage.getItem(PENDING) || "null");
  if (!kept || !sessions.some((one) => one.id === kept.session)) return;
  byId("session").value = kept.session;
  if (kept.typed) byId("text").value = kept.text;
  pending = kept;
  attempt();
}

function listen() {
  document.addEventListener("pointerdown", feedback.wake, { passive: true });
  document.addEventListener("keydown", feedback.wake, { passive: true });
  document.addEventListener("keydown", catchHandScanner);
  byId("session").addEventListener("change", choose);
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
  byId("retry").addEventListener("click", attempt);
  byId("give-up").addEventListener("click", giveUp);
  byId("forget").addEventListener("click", () => { api.gateKey.forget(); location.reload(); });
  byId("signin-link").addEventListener("click", api.gateKey.forget); // staff scan under their own name
  byId("sound").addEventListener("click", () => { feedback.setMuted(!feedback.isMuted()); showSound(); });
  window.addEventListener("online", () => (pending ? attempt() : count()));
  setInterval(() => { if (!document.hidden && !byId("desk").hidden) count(); }, REFRESH);
}

/** A hand scanner is a fast keyboard: its first key leads to the field, wherever the focus is. */
function catchHandScanner(event) {
  const field = byId("text");
  const inField = event.target instanceof HTMLInputElement && event.target.type !== "radio";
  const plain = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (!plain || inField || event.target instanceof HTMLSelectElement || byId("desk").hidden) return;
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
begin();
