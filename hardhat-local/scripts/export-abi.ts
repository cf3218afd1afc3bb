/** Writes what Python users need of the contracts, passes_service/chain/abi: ABIs, versions, and
 * the creation code of what is never deployed but sent with a question.
 *
 * A clone runs EventPass, which hands what it does not know to EventPassDesk; so the ABI named
 * EventPass is that of both, in the words of IEventPass. With CHECK=1 it writes nothing and fails if a file is stale.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";

import hre, { artifacts } from "hardhat";

import { deploy } from "../eventPass.js";

const FOLDER = new URL("../../passes_service/chain/abi/", import.meta.url);
const NOT_FOR_CALLERS = ["constructor", "fallback", "receive"];

type Input = { type: string; components?: readonly Input[] };
type Entry = { type: string; name?: string; inputs?: readonly Input[] };

/** Returns a parameter's type as signatures write it. */
function typeOf({ type, components }: Input): string {
  return components ? type.replace("tuple", `(${components.map(typeOf).join()})`) : type;
}

/** Returns JSON on one line, keys sorted. */
function line(value: unknown): string {
  return JSON.stringify(value, (_, found: unknown) =>
    found !== null && typeof found === "object" && !Array.isArray(found)
      ? Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)))
      : found,
  );
}

/** Returns what callers may meet, by what it is called with; of several, the first contract's. */
async function entriesOf(...names: string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of names) {
    for (const entry of (await artifacts.readArtifact(name)).abi as readonly Entry[]) {
      const key = `${entry.type} ${entry.name}(${entry.inputs?.map(typeOf).join()})`;
      if (!NOT_FOR_CALLERS.includes(entry.type) && !found.has(key)) found.set(key, line(entry));
    }
  }
  return found;
}

/** Returns a file with an entry a line, sorted. */
function file(entries: Map<string, string>): string {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  return `[\n${sorted.join(",\n")}\n]\n`;
}

const code = await entriesOf("EventPass", "EventPassDesk");
const promised = await entriesOf("IEventPass");
const missing = [...promised.keys()].filter((key) => !code.has(key));
if (missing.length > 0) throw new Error(`IEventPass promises more: ${missing.join(" ")}`);

const deployed = await deploy();
const versions = {
  compiler: hre.config.solidity.profiles.production!.compilers[0]!.version,
  contracts: {
    EventPass: await deployed.code.read.VERSION(),
    EventPassFactory: await deployed.factory.read.VERSION(),
  },
};
const { bytecode } = await artifacts.readArtifact("SignatureValidator");
const files = {
  "EventPass.json": file(new Map([...code, ...promised])),
  "EventPassFactory.json": file(await entriesOf("EventPassFactory")),
  "SignatureValidator.json": `${line({ creationCode: bytecode })}\n`,
  "versions.json": `${line(versions)}\n`,
};
for (const [name, text] of Object.entries(files)) {
  const url = new URL(name, FOLDER);
  const before = existsSync(url) ? readFileSync(url, "utf8") : undefined;
  if (before === text) continue;
  if (process.env.CHECK) {
    console.error(`passes_service/chain/abi/${name} is stale: npm run abi in hardhat-local`);
    process.exitCode = 1;
  } else {
    writeFileSync(url, text);
    console.log(`passes_service/chain/abi/${name} written`);
  }
}
