/** The project's own settings, but quick to compile: the optimizer is off, so code may be longer.
 *
 * Calls have less gas, because Hardhat remembers every step of one, and some mutants never end.
 */
import type { HardhatUserConfig } from "hardhat/config";

import base from "./base.config.js";

const { profiles } = base.solidity as { profiles: { default: { version: string; path: string } } };
const { version, path } = profiles.default;
const settings = {
  evmVersion: "cancun",
  metadata: { appendCBOR: false, bytecodeHash: "none" },
  optimizer: { enabled: false },
};

const config: HardhatUserConfig = {
  ...base,
  solidity: { profiles: { default: { version, path, settings } } },
  networks: {
    ...base.networks,
    default: { type: "edr-simulated", allowUnlimitedContractSize: true },
  },
  test: { solidity: { ...base.test?.solidity, gasLimit: 200_000_000n } },
};

export default config;
