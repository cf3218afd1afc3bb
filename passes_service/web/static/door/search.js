// Looking people up by name, where the organizer allows it: matches below the field, a tap on one is
// like typing its number.

import { passNumber } from "./bytes.js";
import { search } from "./sealed.js";

const MOST = 8;

/** `names()` returns [series, serial, name] or nothing, `titleOf(series)` a Series' title; `onPick(number)`. */
export function createSearch(field, list, { names, titleOf, onPick }) {
  let shown = "";

  function show() {
    const typed = field.value.trim();
    const known = names();
    const looksLikeName = /\p{L}{2}/u.test(typed) && !typed.startsWith("EP1:") && !/^no\b/i.test(typed);
    const found = known && looksLikeName ? search(known, typed, MOST + 1) : [];
    shown = typed;
    list.replaceChildren(...found.slice(0, MOST).map(row));
    if (known && looksLikeName && !found.length) list.append(note("Nobody by that name has a pass for this session."));
    if (found.length > MOST) list.append(note("There are more. Type more of the name."));
    list.hidden = !list.childElementCount;
  }

  function note(text) {
    const item = document.createElement("li");
    item.className = "quiet";
    item.textContent = text;
    return item;
  }

  function row([series, serial, name]) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const who = document.createElement("span");
    const what = document.createElement("span");
    button.type = "button";
    button.className = "plain";
    who.textContent = name;
    what.className = "more";
    what.textContent = `${titleOf(series)} · ${serial}`;
    button.append(who, what);
    button.addEventListener("click", () => {
      clear();
      onPick(String(passNumber(series, serial)));
    });
    item.append(button);
    return item;
  }

  function clear() {
    list.replaceChildren();
    list.hidden = true;
  }

  field.addEventListener("input", show);
  return { clear, hasMatches: () => shown === field.value.trim() && list.querySelector("button") !== null };
}
