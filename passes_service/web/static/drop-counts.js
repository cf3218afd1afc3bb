// The counts of a Drop, asked again every two seconds while the page is looked at.
"use strict";
(() => {
  const place = document.querySelector("[data-drop-counts]");
  if (!place) return;
  const shown = (name) => place.querySelector(`[data-count="${name}"]`);

  async function look() {
    if (document.hidden) return;
    try {
      const answer = await fetch(place.dataset.dropCounts, { credentials: "omit" });
      if (!answer.ok) return;
      const drop = await answer.json();
      for (const name of ["left", "held", "sold"]) {
        shown(name).textContent = drop[name].toLocaleString("en");
      }
      const time = shown("as_of");
      time.dateTime = drop.as_of;
      time.textContent = new Date(drop.as_of).toLocaleTimeString("en-GB", { timeZone: time.dataset.zone });
    } catch {
      // What is shown stays, with its time.
    }
  }
  setInterval(look, 2000);
})();
