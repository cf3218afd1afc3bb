/** Deploys the contracts to the local node, makes one organizer's clone, writes the addresses.
 *
 * Everything is sent from the node's own unlocked accounts, so this works on no other chain.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { network } from "hardhat";

import { deployCode, ORGANIZER } from "../eventPass.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const path = resolve(ROOT, process.env.CHAIN_ADDRESSES ?? ".var/chain/addresses.json");
const baseURI = process.env.CHAIN_BASE_URI ?? "http://127.0.0.1:8000/o/";

const { viem, networkConfig } = await network.create();
if (networkConfig.type !== "http") throw new Error("use `npm run deploy`, it names the network");
const chain = await viem.getPublicClient();
const [deployer, owner] = await viem.getWalletClients();
const { desk, code, factory } = await deployCode(viem, baseURI);
const hash = await factory.write.create([ORGANIZER, owner.account.address, "Ada's Kitchen", "ADA"]);
await chain.waitForTransactionReceipt({ hash });

const addresses = {
  chainId: await chain.getChainId(),
  deployer: deployer.account.address,
  eventPass: await factory.read.eventPassOf([deployer.account.address, ORGANIZER]),
  eventPassDesk: desk.address,
  eventPassFactory: factory.address,
  eventPassImplementation: code.address,
  organizerId: ORGANIZER,
  owner: owner.account.address,
};
// The service finds the chain by this file: PASSES_CHAINS_FILE.
const usdc = await viem.deployContract("MockToken");
const networks = [
  {
    chain_id: addresses.chainId,
    name: "Local chain",
    rpc: [`http://127.0.0.1:${process.env.CHAIN_PORT ?? "8545"}`],
    factory: factory.address,
    currencies: { USDC: usdc.address },
    finality_depth: 2,
  },
];
const folder = dirname(path);
mkdirSync(folder, { recursive: true });
for (const [file, content] of [
  [path, addresses],
  [resolve(folder, "networks.json"), networks],
] as const) {
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
  console.log(`written to ${file}`);
}
