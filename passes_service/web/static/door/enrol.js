// Makes this phone the gate of a link: it makes keys, proves them, and keeps what it gets. The
// address is the secret, so it leaves the history.

import * as api from "./api.js";
import * as identity from "./identity.js";
import { whyNoKeys } from "./keys.js";
import { waiting } from "./upload.js";

const shown = document.getElementById("enrolment");
const button = document.getElementById("enrol");
const link = decodeURIComponent(location.pathname.split("/").pop());

function say(words) {
  document.getElementById("failed").textContent = words;
}

/** Without keys the link itself is the token: it scans online and nothing else. */
async function withoutKeys() {
  try {
    api.gateKey.set(link);
  } catch {
    say("This browser keeps nothing. Leave private mode and open the link again.");
    return;
  }
  location.replace("/door");
}

async function enrol() {
  if (await whyNoKeys()) return withoutKeys();
  const held = await identity.load();
  if (held && held.gate.id !== shown.dataset.gateId && (await waiting()).length) {
    say(`This phone is “${held.gate.name}” and holds scans that the service does not have yet. Open the door page with a network, wait until none are waiting, and open this link again.`);
    return null;
  }
  if (!held || held.gate.id !== shown.dataset.gateId) await identity.take(link);
  location.replace("/door");
  return null;
}

async function press() {
  button.disabled = true;
  say("One moment …");
  try {
    await enrol();
  } catch (error) {
    say(wordsOf(error));
  }
  button.disabled = false;
}

function wordsOf(error) {
  if (error instanceof api.Unreachable) return "No answer from the service. Press again when there is a network: it is safe to repeat.";
  if (error instanceof api.Refused) return `${error.message} ${error.problem.next ?? ""}`;
  return `This browser cannot be a gate with keys of its own: ${error.message}`;
}

/** A link that was used lets only the phone go on that used it. */
async function begin() {
  if (!button) return;
  button.addEventListener("click", press);
  if (shown.dataset.state !== "used" || (await whyNoKeys())) return;
  const held = await identity.load();
  const mine = held?.gate.id === shown.dataset.gateId;
  if (mine || (await identity.begun(link))) button.hidden = false;
}

begin().catch((error) => say(wordsOf(error)));
