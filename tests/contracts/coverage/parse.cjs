// Reads {name: source} as JSON, writes {name: syntax tree} as the pinned compiler parses it.
const solc = require(require.resolve("solc", { paths: [process.argv[2]] }));
const texts = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const sources = Object.fromEntries(Object.entries(texts).map(([name, content]) => [name, { content }]));
const settings = { stopAfter: "parsing", outputSelection: { "*": { "": ["ast"] } } };
const output = JSON.parse(solc.compile(JSON.stringify({ language: "Solidity", sources, settings })));
if (!output.sources) throw new Error(JSON.stringify(output.errors));
const trees = Object.entries(output.sources).map(([name, { ast }]) => [name, ast]);
process.stdout.write(JSON.stringify(Object.fromEntries(trees)));
