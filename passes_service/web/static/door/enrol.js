// Puts the gate's key into this phone. The address is the secret, so it leaves the history.

import { gateKey } from "./api.js";

document.getElementById("enrol").addEventListener("click", () => {
  try {
    gateKey.set(decodeURIComponent(location.pathname.split("/").pop()));
  } catch {
    const text = "This browser keeps nothing. Leave private mode and open the link again.";
    document.getElementById("failed").textContent = text;
    return;
  }
  location.replace("/door");
});
