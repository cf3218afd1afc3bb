// An order: the wallet is asked step by step, and the page follows what the chain says.
// Nothing here completes an order; the service reads that from the log.

import { connect, sendTransaction, signTypedData, WalletTrouble } from "./chain.js";
import { onWalletButton } from "./wallet-choice.js";

const LOOK_MS = 3000;
const order = document.getElementById("order");
const path = `/api/v1/chain-orders/${order.dataset.order}`;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function talk(where, body) {
  const asked = { headers: { Accept: "application/json" } };
  if (body) {
    asked.method = "POST";
    asked.body = JSON.stringify(body);
    Object.assign(asked.headers, { "Content-Type": "application/json", "Idempotency-Key": newKey() });
  }
  let answer;
  try {
    answer = await fetch(where, asked);
  } catch {
    throw new WalletTrouble("The service cannot be reached. What you sent is safe; this page follows.", "offline");
  }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  const words = [said.detail, said.next].filter(Boolean).join(" ");
  throw new WalletTrouble(words || "The service did not answer. Try again in a minute.", said.code);
}

/** Waits until the chain has a transaction, and throws what it says if that went wrong. */
async function mined(hash, wanted) {
  for (;;) {
    const said = await talk(`${path}/transaction?hash=${hash}`);
    if (said.status === wanted) return;
    if (!["unknown", "pending", "unreachable"].includes(said.status)) {
      throw new WalletTrouble(`${said.sentence} ${said.next}`, said.status);
    }
    await pause(LOOK_MS);
  }
}

async function pay(name, wallet, say) {
  const { account } = await connect(wallet.provider, order.dataset.wallet);
  const way = (await talk(`${path}/steps`)).find((one) => one.name === name);
  if (!way) throw new WalletTrouble("This way to pay is not there any more. Load the page again.", "no-way");
  let signature = null;
  for (const step of way.steps) {
    say(`${step.says} Answer in ${wallet.name} …`);
    if (step.kind === "sign") {
      signature = await signTypedData(wallet.provider, account, step.typed_data);
      continue;
    }
    const sent = step.transaction ?? (await talk(`${path}/authorization`, { signature }));
    const hash = await sendTransaction(wallet.provider, {
      chainId: sent.chain_id,
      chainName: order.dataset.chainName,
      from: account,
      to: sent.to,
      data: sent.data,
      value: sent.value,
    });
    if (step.name === "approve") {
      say("Allowed. Waiting for its block, then comes the purchase …");
      await mined(hash.toLowerCase(), "allowed");
    } else {
      await talk(`${path}/hash`, { hash: hash.toLowerCase() });
    }
  }
  window.location.reload();
  return true;
}

for (const section of document.querySelectorAll("[data-way]")) {
  const button = section.querySelector("button");
  const places = {
    host: section.querySelector("[data-wallet-choice]"),
    status: section.querySelector("[role=status]"),
  };
  onWalletButton(button, places, (wallet, say) => pay(section.dataset.way, wallet, say));
  button.disabled = false;
}

/** Loads the page anew when the chain says something new; leaves it alone while one is at work. */
async function follow() {
  const { state, told, said, late, deadline } = order.dataset;
  for (;;) {
    await pause(LOOK_MS);
    if (document.hidden || document.querySelector(".pay button:disabled, form :focus")) continue;
    try {
      const now = await talk(path);
      let news = now.state !== state || (now.told_hash ?? "") !== told;
      news ||= state === "open" && !late && Date.now() > Date.parse(deadline);
      if (!news && told && state === "open") {
        news = (await talk(`${path}/transaction`)).status !== said;
      }
      if (news) window.location.reload();
    } catch (trouble) {
      if (!(trouble instanceof WalletTrouble)) throw trouble;
    }
  }
}
if ("waiting" in order.dataset) follow();
