// A Drop and its orders: the number left, the time left. Every page says the same without this.
"use strict";
const LOOK_MS = 2000;
const spread = (milliseconds) => milliseconds * (0.9 + 0.2 * Math.random()); // not all at once
// Loading anew must not throw away what somebody is typing.
const busy = () => document.querySelector("input:focus, select:focus, textarea:focus");

const drop = document.querySelector("[data-drop]");
const lookLeft = async () => {
  if (!document.hidden) {
    try {
      const answer = await fetch(drop.dataset.drop, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const said = await answer.json();
        for (const part of drop.querySelectorAll("[data-left]")) {
          part.textContent = said[part.dataset.left];
        }
        const other = said.state !== drop.dataset.state || (said.left > 0) !== (drop.dataset.some === "1");
        if (other && !busy()) location.replace(location.href);
      }
    } catch {
      // No connection: the page keeps the number with the time at which it was true.
    }
  }
  setTimeout(lookLeft, spread(LOOK_MS));
};
if (drop) setTimeout(lookLeft, spread(LOOK_MS));

const order = document.querySelector("[data-follow]");
const follow = async () => {
  const where = document.querySelector("[data-order]").dataset;
  if (!document.hidden) {
    try {
      const answer = await fetch(where.order, { headers: { Accept: "application/json" } });
      if (answer.ok && (await answer.json()).state !== where.state) location.replace(location.href);
    } catch {
      // The next look may reach the service.
    }
  }
  setTimeout(follow, spread(LOOK_MS));
};
if (order) setTimeout(follow, spread(LOOK_MS));

const words = (seconds) => {
  const days = Math.floor(seconds / 86400);
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  if (days) return `${days} day${days === 1 ? "" : "s"} and ${clock[0]} h`;
  const shown = clock.map((part) => String(part).padStart(2, "0"));
  return (clock[0] ? shown : shown.slice(1)).join(":");
};
const here = document.querySelector("[data-now]");
const ahead = here ? Date.parse(here.dataset.now) - Date.now() : 0; // this device's clock may be wrong
for (const place of document.querySelectorAll("[data-until]")) {
  const end = Date.parse(place.dataset.until);
  const tick = () => {
    const seconds = Math.ceil((end - Date.now() - ahead) / 1000);
    if (seconds > 0) {
      place.textContent = "ends" in place.dataset ? `${words(seconds)} left` : `, in ${words(seconds)}`;
      setTimeout(tick, 1000);
    } else {
      place.textContent = "";
      setTimeout(() => location.replace(location.href), 1000 * Math.random() + 500);
    }
  };
  tick();
}
