/** Runs the test file $SUITE and ends with the first test that fails: 1 failed, 0 passed, 2 neither. */
import { run } from "node:test";

let passed = 0;
const found = run({ files: [`${process.cwd()}/test/${process.env.SUITE}`], isolation: "none" });
found.on("test:fail", ({ name }) => {
  console.log(`failed: ${name}`);
  process.exit(1);
});
found.on("test:pass", () => {
  passed += 1;
});
for await (const _ of found);
process.exit(passed === 0 ? 2 : 0);
