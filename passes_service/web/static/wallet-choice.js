// Which wallet? One is taken at once; of several the person chooses; without one we say what helps.

import { findWallets, WalletTrouble } from "./chain.js";

export const NO_WALLET =
  "This browser shows no wallet. Open this page in the browser of your wallet app, or add a wallet to this browser, then try again.";

/** Returns a button with a wallet's name and its icon, which is a picture and never markup. */
function buttonOf(wallet) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain wallet";
  if (wallet.icon) {
    const icon = document.createElement("img");
    Object.assign(icon, { src: wallet.icon, alt: "", width: 28, height: 28 });
    icon.addEventListener("error", () => icon.remove());
    button.append(icon);
  }
  const name = document.createElement("span");
  name.textContent = wallet.name;
  button.append(name);
  return button;
}

function choose(host, wallets) {
  return new Promise((resolve, reject) => {
    const group = document.createElement("div");
    group.className = "wallets";
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Choose a wallet");
    const cancel = document.createElement("button");
    Object.assign(cancel, { type: "button", className: "link", textContent: "None of these" });
    function end(settle) {
      group.remove();
      settle();
    }
    function giveUp() {
      end(() => reject(new WalletTrouble("No wallet was chosen; nothing was done.", "not-chosen")));
    }
    for (const wallet of wallets) {
      const button = buttonOf(wallet);
      button.addEventListener("click", () => end(() => resolve(wallet)));
      group.append(button);
    }
    cancel.addEventListener("click", giveUp);
    group.addEventListener("keydown", (event) => {
      if (event.key === "Escape") giveUp();
    });
    group.append(cancel);
    host.replaceChildren(group);
    group.querySelector("button").focus({ preventScroll: true });
    group.scrollIntoView({ block: "nearest" });
  });
}

/**
 * Returns the wallet {id, name, icon, provider} to use, asking inside the element `host` if there
 * are several. Throws WalletTrouble with words to show if there is none, or none was chosen.
 */
export async function pickWallet(host) {
  const wallets = await findWallets();
  if (wallets.length === 0) throw new WalletTrouble(NO_WALLET, "no-wallet");
  return wallets.length === 1 ? wallets[0] : choose(host, wallets);
}

/**
 * Runs `act(wallet, say)` when a button is pressed, and shows how it goes in the element `status`
 * (role="status"). The button rests meanwhile; afterwards it can be pressed again unless `act`
 * returns true ("we are leaving this page").
 */
export function onWalletButton(button, { host, status }, act) {
  const say = (text) => {
    status.textContent = text;
  };
  button.addEventListener("click", async () => {
    button.disabled = true;
    say("");
    let leaving = false;
    try {
      const wallet = await pickWallet(host);
      say(`Waiting for ${wallet.name} …`);
      leaving = (await act(wallet, say)) === true;
    } catch (error) {
      say(error.message || "That did not work. Try again.");
    }
    button.disabled = leaving;
    if (document.activeElement === document.body) button.focus(); // where the person was
  });
}
