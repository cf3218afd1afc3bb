// Draws texts for test_qr_code_js.py: a JSON list in, a list of rows of 0 and 1 each out, or null.
// Argument: the module that draws.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { qrModules } = await import(pathToFileURL(process.argv[2]).href);
const drawn = JSON.parse(readFileSync(0, "utf8")).map((text) => {
  try {
    return qrModules(text).map((row) => row.map(Number).join(""));
  } catch (trouble) {
    if (trouble instanceof RangeError) return null;
    throw trouble;
  }
});
process.stdout.write(JSON.stringify(drawn));
