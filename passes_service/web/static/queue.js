// Looks again at the place in a waiting room without a reload: the page without this does the same.
"use strict";
const spread = (seconds) => 1000 * seconds * (0.85 + 0.3 * Math.random()); // not all at once
let place = document.getElementById("place");
const again = () => {
  const seconds = Number(place.dataset.again);
  if (seconds) setTimeout(look, spread(seconds));
};
const look = async () => {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.ok) {
      const text = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = text.getElementById("place");
      const turned = fresh.dataset.state === "admitted" && place.dataset.state !== "admitted";
      place.replaceWith(fresh);
      place = fresh;
      if (turned) {
        document.title = "It is your turn";
        place.querySelector("a.button")?.focus();
      }
    }
  } catch {
    // No connection: the place is kept, the next look may find it.
  }
  again();
};
again();
