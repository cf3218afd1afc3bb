// The answer over the whole screen. Green goes away by itself; anything else waits for a tap.

import { signal } from "./feedback.js";
import { admitted, decidedBy, looks } from "./words.js";

const byId = (id) => document.getElementById(id);
const GREEN_STAYS = 2000;

export function createResult({ onClose, onForce }) {
  const box = byId("result");
  const page = byId("page");
  let timer = null;
  let before = null;

  function show({ tone, word, shape, sentence, who = "", what = "", hint = "", how = "", ring = false, force = false }) {
    clearTimeout(timer);
    before = box.hidden ? document.activeElement : before;
    box.className = `result ${tone}`;
    box.dataset.word = word;
    box.classList.toggle("ring", ring);
    byId("shape").setAttribute("d", shape);
    byId("how").textContent = how;
    byId("word").textContent = word;
    byId("sentence").textContent = sentence;
    byId("who").textContent = who;
    byId("what").textContent = what;
    byId("hint").textContent = hint;
    byId("overrule").hidden = !force;
    byId("force").hidden = true;
    box.hidden = false;
    page.inert = true;
    byId("next").focus({ preventScroll: true });
    signal(tone);
    if (tone === "go" && !hint) timer = setTimeout(() => close(false), GREEN_STAYS);
  }

  function close(byHand) {
    if (box.hidden) return;
    clearTimeout(timer);
    box.hidden = true;
    page.inert = false;
    if (before instanceof HTMLElement && before !== document.body) {
      before.focus({ preventScroll: true });
    }
    onClose(byHand);
  }

  byId("next").addEventListener("click", () => close(true));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close(true);
  });
  byId("overrule").addEventListener("click", () => {
    byId("force").hidden = false;
    byId("overrule").hidden = true;
    byId("reason").focus();
  });
  byId("force").addEventListener("submit", (event) => {
    event.preventDefault();
    const reason = byId("reason").value;
    close(false);
    onForce(reason);
  });

  return {
    isOpen: () => !box.hidden,
    close,
    /** Show a decision of the service or of this gate; `more` is what the host should know besides. */
    decision(outcome, more = "") {
      const parts = [outcome.series_title, outcome.pass_label].filter(Boolean);
      const good = admitted(outcome.code);
      const unnamed = outcome.alone ? "" : "Guest without a name";
      const compare = outcome.holder_name ? "compare" : "ask for";
      const typed = good && outcome.typed ? `Typed, not scanned: please ${compare} the name.` : "";
      show({
        ...looks(outcome.code),
        sentence: outcome.sentence,
        who: outcome.pass_id ? outcome.holder_name || unnamed : "",
        what: parts.join(" · "),
        how: decidedBy(outcome),
        hint: [typed, good ? more : ""].filter(Boolean).join(" "),
        force: outcome.forceable,
      });
    },
    /** Show that there is no decision, and what to do. */
    undecided(text) {
      show({ tone: "hold", word: "Not checked", shape: looks("FULL").shape, sentence: text });
    },
    /** Show that the request itself was refused. */
    problem(error) {
      const { shape } = looks("FULL");
      const problem = error.problem;
      show({ tone: "hold", word: "Not done", shape, sentence: `${error.message} ${problem.next ?? ""}` });
    },
  };
}
