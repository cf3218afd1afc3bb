import { createRequire } from "node:module";

import hardhatNodeTestRunner from "@nomicfoundation/hardhat-node-test-runner";
import hardhatViem from "@nomicfoundation/hardhat-viem";
import { defineConfig } from "hardhat/config";

// The compiler is npm's own build, named by path: Hardhat would otherwise download a list of
// compilers, and builds must work without a network.
const compiler = {
  version: "0.8.37",
  path: createRequire(import.meta.url).resolve("solc/soljson.js"),
};

// Where builds go. The gas table builds beside, so that it and the tests do not disturb each other.
const out = process.env.HARDHAT_OUT ?? ".";

export default defineConfig({
  plugins: [hardhatNodeTestRunner, hardhatViem],
  // A link to ../contracts: Hardhat refuses sources outside its own folder (HHE900).
  paths: { sources: "contracts", artifacts: `${out}/artifacts`, cache: `${out}/cache` },
  solidity: {
    profiles: {
      default: {
        ...compiler,
        settings: { evmVersion: "cancun", optimizer: { enabled: true, runs: 200 } },
      },
      production: {
        ...compiler,
        settings: {
          evmVersion: "cancun",
          viaIR: true,
          // 800 rather than more: each part of EventPass stays below 18,000 bytes.
          optimizer: { enabled: true, runs: 800 },
        },
      },
    },
  },
  networks: {
    // What `npx hardhat node` serves. It binds every interface inside a container, so always
    // start it with `--hostname 127.0.0.1`, as `npm run node` does.
    node: {
      type: "edr-simulated",
      chainType: "l1",
      chainId: 31337,
      hardfork: "osaka",
      mining: { auto: true, interval: 0 },
    },
    // That node, from outside: where `npm run deploy` deploys.
    local: {
      type: "http",
      chainType: "l1",
      chainId: 31337,
      url: `http://127.0.0.1:${process.env.CHAIN_PORT ?? "8545"}`,
    },
  },
  test: {
    solidity: {
      fuzz: { runs: 256, seed: "0x1234" },
      // Long runs: INVARIANT_RUNS=2000 npm test -- solidity
      invariant: {
        runs: Number(process.env.INVARIANT_RUNS ?? 24),
        depth: 160,
        failOnRevert: true,
      },
    },
  },
});
