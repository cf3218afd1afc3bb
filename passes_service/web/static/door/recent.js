// The last scans of this gate, each admission with a way back for 15 minutes.

import { nowMs } from "./clock.js";
import { admitted, clock, looks } from "./words.js";

const MOST = 20;
const UNDO_FOR = 15 * 60 * 1000;
const SURE_FOR = 4000;
const SVG = "http://www.w3.org/2000/svg";

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function mark(look) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 100 100");
  svg.setAttribute("class", look.tone);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", look.shape);
  svg.append(path);
  return svg;
}

/** Who decided, in few words, where it was not the service. */
function alone({ alone: by }) {
  if (!by) return "";
  return by === true ? "without network" : `at hub ${by}`;
}

/** By what an outcome is the same: the admission at the service, or the scan of this gate. */
const keyOf = (outcome) => outcome.check_in_id ?? outcome.nonce;

export function createRecent(list, empty, { onUndo }) {
  let outcomes = [];
  let zone = "UTC";

  function undoButton(outcome) {
    const button = element("button", "plain", "Undo");
    button.type = "button";
    button.setAttribute("aria-label", `Undo the entry of ${outcome.holder_name || outcome.pass_label}`);
    button.addEventListener("click", () => {
      if (button.dataset.sure) {
        button.disabled = true;
        onUndo(outcome).finally(() => { button.disabled = false; });
        return;
      }
      button.dataset.sure = "yes";
      button.textContent = "Sure?";
      setTimeout(() => {
        delete button.dataset.sure;
        button.textContent = "Undo";
      }, SURE_FOR);
    });
    return button;
  }

  function row(outcome) {
    const look = looks(outcome.code);
    const item = element("li", outcome.annulled ? "undone" : "");
    const word = outcome.forced ? `${look.word}, by your decision` : look.word;
    const who = outcome.holder_name || outcome.pass_label || "No pass";
    const state = outcome.annulled ? "Undone" : word;
    const how = outcome.waiting ? "waiting" : "";
    const parts = [clock(outcome.decided_at, zone), state, outcome.holder_name ? outcome.pass_label : "", alone(outcome), how];
    item.append(
      mark(look),
      element("span", "main", who),
      element("span", "more", parts.filter(Boolean).join(" · ")),
    );
    const fresh = nowMs() - Date.parse(outcome.decided_at) < UNDO_FOR;
    if (admitted(outcome.code) && keyOf(outcome) && !outcome.annulled && fresh) {
      item.append(undoButton(outcome));
    }
    return item;
  }

  function draw() {
    list.replaceChildren(...outcomes.map(row));
    empty.hidden = outcomes.length > 0;
  }

  return {
    fill(found, timeZone) {
      outcomes = found.slice(0, MOST);
      zone = timeZone;
      draw();
    },
  };
}
