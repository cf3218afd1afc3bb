/** Calls RulesBatch with the calldata of each line it is given; pytest asks, see tests/contracts.
 *
 * A line of hex in is a line out: hex if the call returned, else why it did not. CONTRACT names
 * another contract with the same function.
 */
import { createInterface } from "node:readline";

import { network } from "hardhat";
import { BaseError, type Hex } from "viem";

const GAS = 1_000_000_000n;

const { viem } = await network.create({
  network: "node",
  override: { blockGasLimit: GAS, hardfork: "cancun" },
});
const chain = await viem.getPublicClient();
const { address } = await viem.deployContract(process.env.CONTRACT ?? "RulesBatch");

/** Returns what the call returns, or its refusal in one line. */
async function ask(data: Hex): Promise<string> {
  try {
    return (await chain.call({ to: address, data, gas: GAS })).data ?? "0x";
  } catch (error) {
    const why = error instanceof BaseError ? error.walk() : error;
    const found = why instanceof Error ? `${why.message} ${JSON.stringify(why)}` : String(why);
    return `refused: ${found.replaceAll(/\s+/g, " ")}`;
  }
}

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  console.log(await ask(line as Hex));
}
