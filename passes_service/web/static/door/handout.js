// Handing out a reserved pass at the door: for free or for cash, also without a network. Its code was
// signed beforehand; this gate holds no key that could make one.

import { drawQr } from "../qr-code.js";
import { newNonce } from "./api.js";

const byId = (id) => document.getElementById(id);

/** Returns an amount in minor units as text, "12.50". */
function amountOf(minor, currency) {
  const digits = digitsOf(currency);
  return digits ? (minor / 10 ** digits).toFixed(digits) : String(minor);
}

function digitsOf(currency) {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
  } catch {
    return 2;
  }
}

/** Returns minor units of what was typed, or null if it is no amount. */
export function minorOf(text, currency) {
  const digits = digitsOf(currency);
  const found = /^(\d{1,9})(?:[.,](\d+))?$/.exec(text.trim());
  if (!found || (found[2] ?? "").length > digits) return null;
  return Number(found[1]) * 10 ** digits + Number((found[2] ?? "").padEnd(digits, "0") || 0);
}

/**
 * `gate()`, `session()`, `list()` as elsewhere; `onSold()`; `onEnter(outcome)` when somebody was let in;
 * `onBusy(open)` when the sheet opened or closed.
 */
export function createHandout({ gate, session, list, onSold, onEnter, onTrouble, onBusy }) {
  const sheet = byId("handout");
  let sold = null;
  let opener = null;

  const groups = () => Map.groupBy?.(free(), (one) => one.series) ?? grouped(free());
  const free = () => gate()?.block(session()) ?? [];
  const titleOf = (series) => list()?.seriesOf(series)?.title ?? "Pass";
  const chosen = () => free().find((one) => one.series === byId("handout-series").value);

  function grouped(found) {
    const made = new Map();
    for (const one of found) made.set(one.series, [...(made.get(one.series) ?? []), one]);
    return made;
  }

  function refresh() {
    const count = free().length;
    byId("handout-open").hidden = count === 0;
    byId("handout-open").textContent = `Hand out a pass (${count} left)`;
  }

  function open() {
    opener = document.activeElement;
    sold = null;
    byId("handout-form").reset();
    const options = [...groups()].map(([series, some]) => new Option(`${titleOf(series)} (${some.length} left)`, series));
    byId("handout-series").replaceChildren(...options);
    byId("handout-series-field").hidden = options.length < 2;
    byId("handout-form").hidden = false;
    byId("handout-done").hidden = true;
    priced();
    sheet.hidden = false;
    byId("page").inert = true;
    onBusy(true);
    byId("handout-title").focus();
  }

  function priced() {
    const one = chosen();
    if (!one) return;
    const cash = one.price_minor > 0;
    byId("handout-way").hidden = !cash;
    byId("handout-free").checked = !cash;
    byId("handout-cash").checked = cash;
    byId("handout-currency").textContent = one.currency;
    byId("handout-amount").value = amountOf(one.price_minor, one.currency);
    byId("handout-what").textContent = `${titleOf(one.series)}, number ${one.serial}`;
    paying();
  }

  function paying() { byId("handout-amount-field").hidden = byId("handout-free").checked; }

  async function sell(event) {
    event.preventDefault();
    const one = chosen();
    const paidMinor = byId("handout-free").checked ? 0 : minorOf(byId("handout-amount").value, one.currency);
    byId("handout-failed").textContent = paidMinor === null ? "Type the amount in figures, like 12.50." : "";
    if (paidMinor === null) return;
    byId("handout-sell").disabled = true;
    try {
      await gate().sell(session(), newNonce(), one, { paidMinor, currency: one.currency, name: byId("handout-name").value.trim() });
      show(one);
      onSold();
    } catch (error) {
      byId("handout-failed").textContent = `Not handed out: ${error.message}`;
    }
    byId("handout-sell").disabled = false;
  }

  function show(one) {
    sold = { ...one, session: session() };
    drawQr(byId("handout-code"), one.code, `Code of pass ${one.serial}`);
    byId("handout-label").textContent = `${titleOf(one.series)} · ${one.serial}`;
    byId("handout-form").hidden = true;
    byId("handout-done").hidden = false;
    byId("handout-enter").focus();
    refresh();
  }

  function close() {
    sheet.hidden = true;
    byId("page").inert = false;
    onBusy(false);
    opener?.focus();
  }

  async function enter() {
    const one = sold;
    close();
    try {
      onEnter(await gate().admitSold(one.session, newNonce(), one));
    } catch (error) {
      onTrouble(error);
    }
  }

  byId("handout-open").addEventListener("click", open);
  byId("handout-series").addEventListener("change", priced);
  byId("handout-way").addEventListener("change", paying);
  byId("handout-form").addEventListener("submit", sell);
  byId("handout-enter").addEventListener("click", enter);
  for (const id of ["handout-close", "handout-cancel"]) byId(id).addEventListener("click", close);
  sheet.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  return { refresh };
}
