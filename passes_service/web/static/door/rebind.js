// A new code for who lost the phone with theirs: number, name, new code. The service makes it, from
// two hours before the doors until the session ends, and writes into the history which gate asked.

import { drawQr } from "../qr-code.js";
import { Refused, Unreachable, call, newNonce } from "./api.js";

const byId = (id) => document.getElementById(id);
const NO_NETWORK = "Without a network no code can be renewed. Compare the name and let them in by the number.";

/**
 * `session()` gives the session's id; `onEnter(code)` scans the new code at once; `onBusy(open)` hears
 * that the sheet opened or closed, to pause the camera.
 */
export function createRebind({ session, onEnter, onBusy }) {
  const sheet = byId("rebind");
  let found = null; // what the number stands for, once the host has looked
  let made = null; // the new code
  let key = null; // kept until there is an answer: a second press repeats the same call
  let opener = null;

  function step(name) {
    for (const part of ["find", "compare", "done"]) byId(`rebind-${part}`).hidden = part !== name;
    byId("rebind-failed").textContent = "";
  }

  function open() {
    opener = document.activeElement;
    [found, made, key] = [null, null, null];
    byId("rebind-number").value = "";
    step("find");
    sheet.hidden = false;
    byId("page").inert = true;
    onBusy(true);
    byId("rebind-number").focus();
  }

  function close() {
    sheet.hidden = true;
    byId("page").inert = false;
    onBusy(false);
    opener?.focus();
  }

  /** Does one call with the buttons off; says what went wrong. */
  async function asking(work) {
    const buttons = [...sheet.querySelectorAll("button")];
    for (const one of buttons) one.disabled = true;
    byId("rebind-failed").textContent = "";
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof Refused)) throw error;
      const refused = error instanceof Refused ? `${error.message} ${error.problem.next ?? ""}` : NO_NETWORK;
      byId("rebind-failed").textContent = refused;
      return null;
    } finally {
      for (const one of buttons) one.disabled = false;
      if (!sheet.contains(document.activeElement)) byId("rebind-title").focus(); // lost with the disabled button
    }
  }

  async function find(event) {
    event.preventDefault();
    const text = byId("rebind-number").value.trim();
    const asked = { session_id: session(), text, nonce: newNonce(), simulate: true };
    const outcome = await asking(() => call("POST", "/check-ins", asked));
    if (!outcome) return;
    if (!outcome.pass_id) {
      byId("rebind-failed").textContent = outcome.sentence;
      return;
    }
    [found, key] = [outcome, crypto.randomUUID()];
    byId("rebind-name").textContent = outcome.holder_name || "No name is known";
    byId("rebind-what").textContent = `${outcome.series_title} · ${outcome.pass_label}`;
    // Somebody else may be inside with this pass already: then a new code will not help.
    byId("rebind-now").textContent = outcome.code === "ADMIT" ? "" : outcome.sentence;
    step("compare");
    byId("rebind-make").focus();
  }

  async function make() {
    const asked = { session_id: session(), reason: byId("rebind-reason").value };
    const headers = { "Idempotency-Key": key };
    const path = `/gate/passes/${found.pass_id}/rebind`;
    const answer = await asking(() => call("POST", path, asked, { headers, hear429: true }));
    if (!answer) return;
    made = answer;
    drawQr(byId("rebind-code"), made.code, `New code of pass ${made.pass_label}`);
    byId("rebind-label").textContent = `${made.series_title} · ${made.pass_label}`;
    step("done");
    byId("rebind-enter").focus();
  }

  function enter() {
    const { code } = made;
    close();
    onEnter(code);
  }

  byId("rebind-open").addEventListener("click", open);
  byId("rebind-find").addEventListener("submit", find);
  byId("rebind-make").addEventListener("click", make);
  byId("rebind-enter").addEventListener("click", enter);
  for (const one of sheet.querySelectorAll("[data-close]")) one.addEventListener("click", close);
  sheet.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  return { isOpen: () => !sheet.hidden };
}
