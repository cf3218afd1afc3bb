// Small functions of the page, each asked with what it is given. Argument: the folder of modules.

import { readFileSync } from "node:fs";

const folder = process.argv[2];
const { search } = await import(`${folder}sealed.js`);
const { counted, unsent } = await import(`${folder}outcomes.js`);
const { minorOf } = await import(`${folder}handout.js`);
const { names, typed, records, session, amounts } = JSON.parse(readFileSync(0, "utf8"));

process.stdout.write(JSON.stringify({
  found: typed.map((text) => search(names, text).map((one) => one[2])),
  counted: counted(records, session),
  unsent: unsent(records, session).map(({ nonce, annulled }) => [nonce, annulled]),
  amounts: amounts.map(([text, currency]) => minorOf(text, currency)),
}));
