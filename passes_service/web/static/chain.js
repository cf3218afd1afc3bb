// Browser wallets: found by EIP-6963, spoken to by EIP-1193, errors in plain words.
//
// Nothing here decides anything: the service believes signatures and the chain, never this page.
// Every function that asks a wallet throws WalletTrouble, whose message can be shown as it is.

const ANNOUNCE_MS = 300;
const HEX = /^0x[0-9a-f]*$/i;
const ADDRESS = /^0x[0-9a-f]{40}$/i;

/** A refusal of a wallet, in words. `code` is EIP-1193's or JSON-RPC's, or one of our own names. */
export class WalletTrouble extends Error {
  constructor(message, code) {
    super(message);
    this.name = "WalletTrouble";
    this.code = code;
  }
}

const WORDS = {
  4001: "You declined in the wallet; nothing was done. Try again whenever you like.",
  4100: "The wallet does not let this site use that account. Connect it in the wallet and try again.",
  4200: "This wallet cannot do this. Try another wallet.",
  4900: "The wallet has no connection to any chain. Check its network and try again.",
  4901: "The wallet has no connection to this chain. Check its network and try again.",
  4902: "The wallet does not know this chain. Add the chain in the wallet and try again.",
  "-32000": "The wallet refused this. Read what it says, then try again.",
  "-32002": "The wallet is already asking you. Open the wallet, answer there, then try again.",
  "-32003": "The wallet would not send this. Read what it says, then try again.",
  "-32601": "This wallet cannot do this. Try another wallet.",
  "insufficient-funds":
    "There is not enough in this account for the amount and the network's fee. Add some and try again.",
};

/** Tells wallets apart from what else pages announce. */
function isWallet(detail) {
  const { info, provider } = detail ?? {};
  const texts = [info?.uuid, info?.name];
  return typeof provider?.request === "function" && texts.every((one) => typeof one === "string" && one);
}

/** Returns a wallet as pages show it: a name in one line, an icon only if it is a picture in itself. */
function described({ info, provider }) {
  const icon = String(info.icon ?? "");
  const name = info.name.replace(/\s+/g, " ").trim() || "Wallet";
  return {
    id: info.uuid,
    name: name.length > 40 ? `${name.slice(0, 39).trim()}…` : name,
    icon: /^data:image\//i.test(icon) && icon.length <= 262_144 ? icon : "",
    provider,
  };
}

/**
 * Calls `onWallet({id, name, icon, provider})` for every wallet in this browser, also for one that
 * comes later. Only if nobody announces itself, what stands at window.ethereum counts as one.
 * Returns a function that ends the search.
 */
export function discoverWallets(onWallet) {
  const seen = new Set();
  function found(wallet) {
    if (seen.has(wallet.id)) return;
    seen.add(wallet.id);
    onWallet(wallet);
  }
  function announced({ detail }) {
    if (isWallet(detail)) found(described(detail));
  }
  window.addEventListener("eip6963:announceProvider", announced);
  window.dispatchEvent(new Event("eip6963:requestProvider"));
  const timer = setTimeout(() => {
    const old = { info: { uuid: "window.ethereum", name: "Wallet of this browser" }, provider: window.ethereum };
    if (seen.size === 0 && isWallet(old)) found(described(old));
  }, ANNOUNCE_MS);
  return () => {
    clearTimeout(timer);
    window.removeEventListener("eip6963:announceProvider", announced);
  };
}

/** Returns the wallets that show themselves within a moment, by name. */
export async function findWallets() {
  const wallets = [];
  const stop = discoverWallets((wallet) => wallets.push(wallet));
  await new Promise((resolve) => setTimeout(resolve, ANNOUNCE_MS + 50));
  stop();
  return wallets.sort((a, b) => a.name.localeCompare(b.name));
}

/** Returns an error's own code; some wallets wrap the one that matters into -32603. */
function codeOf(error) {
  const inner = error?.data?.originalError ?? error?.data?.cause ?? error?.cause;
  if (inner && (error.code === undefined || error.code === -32603)) return inner.code ?? error.code;
  return error?.code;
}

/** Returns any error of a wallet in words. */
export function explained(error) {
  if (error instanceof WalletTrouble) return error;
  const said = String(error?.message ?? error ?? "").replace(/\s+/g, " ").trim();
  let code = codeOf(error);
  if (/insufficient funds|exceeds? .*balance/i.test(said)) code = "insufficient-funds";
  else if (code === undefined && /reject|denied|declin|cancell?ed/i.test(said)) code = 4001;
  const words = WORDS[code];
  if (words) return new WalletTrouble(words, code);
  const quoted = said ? ` It said: “${said.slice(0, 160)}”` : "";
  return new WalletTrouble(`The wallet could not do this.${quoted}`, code);
}

async function ask(provider, method, params = []) {
  try {
    return await provider.request({ method, params });
  } catch (error) {
    throw explained(error);
  }
}

/** Returns a chain id as a number, however the wallet writes it. */
function chainNumber(said) {
  const number = typeof said === "string" && !HEX.test(said) ? Number.parseInt(said, 10) : Number(said);
  if (!Number.isSafeInteger(number) || number <= 0) {
    throw new WalletTrouble("The wallet does not say on which chain it is.", "no-chain");
  }
  return number;
}

/** Returns the number of the chain that the wallet is on. */
export async function chainOf(provider) {
  return chainNumber(await ask(provider, "eth_chainId"));
}

/**
 * Asks the wallet for its account. With `wanted`, that account and no other will do: pass it
 * wherever the service has bound something to an address.
 * Returns {account, chainId}.
 */
export async function connect(provider, wanted = null) {
  const accounts = await ask(provider, "eth_requestAccounts");
  const usable = (Array.isArray(accounts) ? accounts : []).filter((one) => ADDRESS.test(one));
  if (usable.length === 0) {
    throw new WalletTrouble("The wallet gave no account. Unlock it, choose one and try again.", "no-account");
  }
  const account =
    wanted === null ? usable[0] : usable.find((one) => one.toLowerCase() === wanted.toLowerCase());
  if (!account) {
    const short = `${wanted.slice(0, 8)}…${wanted.slice(-4)}`;
    throw new WalletTrouble(
      `This is for the account ${short}. Choose it in the wallet, connect it and try again.`,
      "other-account",
    );
  }
  return { account, chainId: await chainOf(provider) };
}

/**
 * Brings the wallet to a chain {id, name}. It is never told an RPC address of ours: one that does
 * not know the chain gets it from the person, who is told its name and number.
 */
export async function ensureChain(provider, { id, name }) {
  const wanted = Number(id);
  if ((await chainOf(provider)) === wanted) return;
  const called = name ? `${name} (chain ${wanted})` : `chain ${wanted}`;
  try {
    await ask(provider, "wallet_switchEthereumChain", [{ chainId: `0x${wanted.toString(16)}` }]);
  } catch (error) {
    if (error.code === 4001 || error.code === -32002) throw error;
    const why = error.code === 4902 ? "The wallet does not know it yet: add it there" : "Choose it in the wallet";
    throw new WalletTrouble(`This happens on ${called}. ${why}, then try again.`, error.code);
  }
  if ((await chainOf(provider)) !== wanted) {
    throw new WalletTrouble(`This happens on ${called}. Choose it in the wallet, then try again.`, "other-chain");
  }
}

/** Returns UTF-8 text as 0x-text. */
function hexOf(text) {
  const bytes = new TextEncoder().encode(text);
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Checks that a wallet answered with 0x-text. */
function hexSaid(answer, what) {
  if (typeof answer === "string" && HEX.test(answer) && answer.length > 2) return answer;
  throw new WalletTrouble(`The wallet returned no ${what}. Try again, or use another wallet.`, "no-answer");
}

/** Has a text signed (EIP-191); a contract wallet's signature may be of any length. */
export async function signText(provider, account, text) {
  return hexSaid(await ask(provider, "personal_sign", [hexOf(text), account]), "signature");
}

/** Has typed data signed (EIP-712): the object that the service calls typed data, unchanged. */
export async function signTypedData(provider, account, data) {
  const params = [account, JSON.stringify(data)];
  return hexSaid(await ask(provider, "eth_signTypedData_v4", params), "signature");
}

/** Returns an amount as a JSON-RPC quantity; it may come as a number, a decimal or 0x-text. */
function quantity(amount) {
  return `0x${BigInt(amount ?? 0).toString(16)}`;
}

/**
 * Has a transaction sent from `from` on a chain and returns its hash. That it was sent means
 * nothing yet: what happened is said by the service, which reads the chain.
 */
export async function sendTransaction(provider, { chainId, chainName = "", from, to, data = "0x", value = 0 }) {
  await ensureChain(provider, { id: chainId, name: chainName });
  // `chainId` again: the wallet may be switched between our question and its dialogue.
  const sent = { from, to, data, value: quantity(value), chainId: quantity(chainId) };
  return hexSaid(await ask(provider, "eth_sendTransaction", [sent]), "transaction");
}

/**
 * Offers a token to the wallet's own list (EIP-747) and returns whether it took it. Few wallets
 * know this for tokens like ours, and it is a comfort only: a no of any kind is quiet.
 */
export async function watchAsset(provider, { address, tokenId, type = "ERC1155" }) {
  const options = { address, tokenId: String(tokenId) };
  try {
    return Boolean(await provider.request({ method: "wallet_watchAsset", params: { type, options } }));
  } catch {
    return false;
  }
}
