// A pass on its way to a wallet: the button asks the wallet, and the page follows what the service
// reads from the chain. Nothing here moves the pass.

import { connect, sendTransaction } from "./chain.js";
import { onWalletButton } from "./wallet-choice.js";

const LOOK_MS = 3000;
const claim = document.getElementById("claim");

if (claim) {
  const part = claim.querySelector("[data-send]");
  if (part) {
    const button = part.querySelector("button");
    const places = {
      host: part.querySelector("[data-wallet-choice]"),
      status: part.querySelector("[role=status]"),
    };
    onWalletButton(button, places, async (wallet, say) => {
      // Any account may send it; the one that gets the token surely has a reason to.
      const { account } = await connect(wallet.provider, claim.dataset.wallet);
      say(`Answer in ${wallet.name} …`);
      const hash = await sendTransaction(wallet.provider, {
        chainId: claim.dataset.chain,
        chainName: claim.dataset.chainName,
        from: account,
        to: part.dataset.to,
        data: part.dataset.data,
      });
      say(`Sent: ${hash}. This page follows as soon as the chain has it.`);
      return true;
    });
    button.disabled = false;
  }
  follow();
}

/** Loads the page anew when there is news; leaves it alone while the person is at something. */
async function follow() {
  const { pass, state, signed, relay } = claim.dataset;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    if (document.hidden || document.querySelector("form :focus")) continue;
    let now;
    try {
      const answer = await fetch(`/api/v1/me/passes/${pass}/claim`, { headers: { Accept: "application/json" } });
      if (!answer.ok) continue;
      now = await answer.json();
    } catch {
      continue; // offline for a moment
    }
    const asking = claim.querySelector("[data-wallet-choice] *") !== null;
    const changed =
      now.state !== state || (now.signature && !signed) || (now.relay?.state ?? "") !== relay;
    if (changed && !(asking && now.state === state)) window.location.reload();
  }
}
