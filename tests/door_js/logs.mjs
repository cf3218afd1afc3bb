// Writes a log as the page does, with a store in memory. Argument: the folder of modules.
// In: {gate, entries: [said, ...], sizes}; out: {public_key, log, pieces}.

import { readFileSync } from "node:fs";

const folder = process.argv[2];
const { sealedEntry } = await import(`${folder}log.js`);
const { enrolmentOf, makeKeys } = await import(`${folder}keys.js`);
const { piece } = await import(`${folder}upload.js`);
const { gate, entries, sizes, link } = JSON.parse(readFileSync(0, "utf8"));

const keys = await makeKeys();
const log = [];
let previous = "0".repeat(64);
for (const said of entries) {
  const made = await sealedEntry(keys, { ...said, gate, sequence: log.length + 1, previous });
  previous = made.digest;
  log.push(made);
}
const pieces = sizes.map(([count, length]) =>
  piece(Array.from({ length: count }, () => ({ text: "x".repeat(length), signature: "s".repeat(86) }))).length);
const extractable = [keys.sign.extractable, keys.agree.extractable];
const public_key = Buffer.from(keys.publicKey).toString("hex");
process.stdout.write(JSON.stringify({ public_key, log, pieces, extractable, enrolment: await enrolmentOf(keys, link) }));
