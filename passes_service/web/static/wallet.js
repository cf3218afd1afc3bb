// Sign in with a browser wallet (EIP-4361): the service writes the message, the wallet signs it.
"use strict";

async function send(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(`${said.title}. ${said.next}`);
  return said;
}

function hex(text) {
  const bytes = new TextEncoder().encode(text);
  return "0x" + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function signIn({ organizer, chain, next }) {
  const wallet = window.ethereum;
  if (!wallet) throw new Error("There is no wallet in this browser. A link by mail works too.");
  const [account] = await wallet.request({ method: "eth_requestAccounts" });
  const nonce = await send("/api/v1/logins/siwe/nonce", {
    organizer,
    address: account,
    chain_id: Number(chain),
  });
  const signature = await wallet.request({
    method: "personal_sign",
    params: [hex(nonce.message), account],
  });
  const login = await send("/api/v1/logins/siwe", {
    organizer,
    message: nonce.message,
    signature,
  });
  window.location.assign(next || login.next_path);
}

for (const button of document.querySelectorAll("[data-wallet-login]")) {
  const status = document.querySelector("[data-wallet-status]");
  button.addEventListener("click", async () => {
    button.disabled = true;
    status.textContent = "Waiting for your wallet …";
    try {
      await signIn(button.dataset);
    } catch (error) {
      status.textContent = error.message || "The wallet did not sign.";
      button.disabled = false;
    }
  });
}
