// Signing in with a wallet, and adding one to an account (EIP-4361): the service writes the
// message, the wallet signs it. Buttons come from the macro `wallet_button`.

import { connect, findWallets, signText, WalletTrouble } from "./chain.js";
import { NO_WALLET, onWalletButton } from "./wallet-choice.js";

const SIGN_IN = "/api/v1/logins/siwe";
const LINK = "/api/v1/me/wallets";

/** Returns a fresh Idempotency-Key; randomUUID is missing where a page came by plain http. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function send(path, body, headers = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", ...headers },
      body: JSON.stringify(body),
    });
  } catch {
    throw new WalletTrouble("The service cannot be reached. Check your connection and try again.", "offline");
  }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  const words = [said.detail, said.next].filter(Boolean).join(" ");
  throw new WalletTrouble(words || "The service did not answer. Try again in a minute.", said.code);
}

/** Has the wallet sign a message of ours and returns {message, signature}. */
async function proof(wallet, path, asked, chains, say) {
  const { account, chainId } = await connect(wallet.provider);
  // A key signs for every chain; a contract wallet lives on the one that the wallet is on.
  const chain = chains.includes(chainId) ? chainId : chains[0];
  const { message } = await send(path, { ...asked, address: account, chain_id: chain });
  say(`Sign the message in ${wallet.name} …`);
  return { message, signature: await signText(wallet.provider, account, message) };
}

/** Returns the person's yes or no to joining two accounts. */
function askToJoin(host) {
  return new Promise((resolve) => {
    const box = document.createElement("div");
    box.className = "notice warn";
    const words = document.createElement("p");
    words.textContent =
      "This wallet opens another account of yours here. Join both? All passes and addresses come into this account, and it cannot be undone.";
    const actions = document.createElement("p");
    actions.className = "actions";
    for (const [label, kind, yes] of [["Join both accounts", "", true], ["Leave them apart", "plain", false]]) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: kind, textContent: label });
      button.addEventListener("click", () => {
        box.remove();
        resolve(yes);
      });
      actions.append(button);
    }
    box.append(words, actions);
    host.replaceChildren(box);
    actions.firstChild.focus();
  });
}

async function signIn({ organizer, next }, chains, wallet, say) {
  const signed = await proof(wallet, `${SIGN_IN}/nonce`, { organizer }, chains, say);
  say("Signing in …");
  const login = await send(SIGN_IN, { organizer, ...signed });
  window.location.assign(next || login.next_path);
  return true;
}

async function link(host, chains, wallet, say) {
  const signed = await proof(wallet, `${LINK}/nonce`, {}, chains, say);
  say("Adding the wallet …");
  try {
    await send(LINK, signed, { "Idempotency-Key": newKey() });
  } catch (error) {
    if (error.code !== "other-account") throw error;
    say("");
    if (!(await askToJoin(host))) throw new WalletTrouble("Nothing was changed.", "not-joined");
    await send(LINK, { ...signed, merge: true }, { "Idempotency-Key": newKey() });
  }
  window.location.reload();
  return true;
}

for (const part of document.querySelectorAll("[data-wallet]")) {
  const host = part.querySelector("[data-wallet-choice]");
  const status = part.querySelector("[role=status]");
  const button = part.querySelector("button");
  const chains = part.dataset.chains.split(" ").map(Number);
  const act = part.dataset.wallet === "sign-in" ? signIn.bind(null, part.dataset) : link.bind(null, host);
  button.disabled = false; // it was, because without this script it would do nothing
  onWalletButton(button, { host, status }, (wallet, say) => act(chains, wallet, say));
  findWallets().then((wallets) => {
    if (wallets.length === 0 && !status.textContent) status.textContent = NO_WALLET;
  });
}
