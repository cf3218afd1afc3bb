/** Compiles the Hardhat project in the current folder, line for line, with a compiler kept warm.
 *
 * A line is `{"replaced": {source: text}, "roots": [source], "optimize": bool}`; the answer is
 * `{"errors": [text], "code": {source: {contract: {bytecode, deployedBytecode}}}}`. Without
 * metadata: the same code is the same bytes.
 */
const { existsSync, readFileSync } = require("node:fs");
const { createInterface } = require("node:readline");
const { join } = require("node:path");

const solc = require(join(process.cwd(), "node_modules", "solc"));

function read(path, replaced) {
  if (path in replaced) return { contents: replaced[path] };
  const found = [path, join("node_modules", path)].find((place) => existsSync(place));
  return found === undefined ? { error: `no ${path}` } : { contents: readFileSync(found, "utf8") };
}

function compile({ replaced, roots, optimize }) {
  const sources = roots.map((path) => [path, { content: read(path, replaced).contents }]);
  const outputs = ["evm.bytecode.object", "evm.deployedBytecode.object"];
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(sources),
    settings: {
      evmVersion: "cancun",
      metadata: { appendCBOR: false, bytecodeHash: "none" },
      optimizer: { enabled: optimize, runs: 200 },
      outputSelection: { "*": { "*": outputs } },
    },
  };
  const imported = { import: (path) => read(path, replaced) };
  const { errors = [], contracts = {} } = JSON.parse(solc.compile(JSON.stringify(input), imported));
  const code = {};
  for (const [source, found] of Object.entries(contracts)) {
    for (const [name, { evm }] of Object.entries(found)) {
      if (evm.bytecode.object === "") continue;
      (code[source] ??= {})[name] = {
        bytecode: `0x${evm.bytecode.object}`,
        deployedBytecode: `0x${evm.deployedBytecode.object}`,
      };
    }
  }
  const wrong = errors.filter(({ severity }) => severity === "error");
  return { errors: wrong.map(({ formattedMessage }) => formattedMessage), code };
}

createInterface({ input: process.stdin }).on("line", (line) => {
  console.log(JSON.stringify(compile(JSON.parse(line))));
});
