// One prepared transaction, sent by the organizer's own wallet. What it did is read from the chain.

import { connect, sendTransaction } from "./chain.js";
import { onWalletButton } from "./wallet-choice.js";

const section = document.getElementById("send");
const button = section.querySelector("button");
const { chain, chainName, from, to, value, data } = section.dataset;
const places = {
  host: section.querySelector("[data-wallet-choice]"),
  status: section.querySelector("[role=status]"),
};

onWalletButton(button, places, async (wallet, say) => {
  const { account } = await connect(wallet.provider, from);
  say(`Answer in ${wallet.name} …`);
  const hash = await sendTransaction(wallet.provider, { chainId: chain, chainName, from: account, to, data, value });
  say(`Sent: ${hash}. The page “On chain” shows it once it is read, usually within a minute.`);
  return true;
});
button.disabled = false;
