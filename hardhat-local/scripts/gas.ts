/** Measures what issue 3 promises, through a clone of the production build; writes docs/gas.md.
 *
 * With CHECK=1 it writes nothing and fails if the table in docs/gas.md is another one.
 */
import { readFileSync, writeFileSync } from "node:fs";

import { type Hex, numberToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";

import { deploy, external, PRICE, passId, SERIES, sign, termsFrom } from "../eventPass.js";

const FILE = new URL("../../docs/gas.md", import.meta.url);
const world = await deploy();
const { pass, owner, ann, bob, chain } = world;
const rows: [work: string, reach: number, used: bigint, note: string][] = [];
// Zero bytes cost less than others: fixed times and accounts make every run the same.
const start = 2_000_000_000n;
await world.goTo(start);
const terms = termsFrom(start);
const one = { ...terms, portions: [{ ...terms.portions[0]!, weightBp: 10_000 }] };
one.saleClosesAt = one.portions[0]!.doorsAt;
const sixteen = { ...one, portions: nights(16) };

/** Returns `count` Portions, each a day after the one before. */
function nights(count: number) {
  return Array.from({ length: count }, (_, i) => ({
    weightBp: 10_000 / 16,
    doorsAt: one.portions[0]!.doorsAt + i * 86_400,
    endsAt: one.portions[0]!.endsAt + i * 86_400,
    settlesAt: one.portions[0]!.settlesAt + i * 86_400,
  }));
}

/** Returns what a transaction burned. */
async function used(hash: Promise<Hex>): Promise<bigint> {
  return (await chain.waitForTransactionReceipt({ hash: await hash })).gasUsed;
}

/** Remembers a row of the table. */
async function row(work: string, reach: number, hash: Promise<Hex>, note = ""): Promise<void> {
  rows.push([work, reach, await used(hash), note]);
}

/** Returns an account that the chain has never seen. */
const stranger = (number: number) => privateKeyToAccount(numberToHex(number + 4_242, { size: 32 })).address;

/** Returns a transfer of pass number `serial` of `series` from Ann to a new holder. */
const hand = (series: bigint, serial: number) =>
  pass.write.safeTransferFrom(
    [ann.account.address, bob.account.address, passId(serial, series), 1n, "0x"],
    { account: ann.account },
  );

const buy = (series: bigint, from = ann, quantity = 1, value = PRICE) =>
  pass.write.buy([series, quantity, from.account.address], { account: from.account, value });

await pass.write.createSeries([1n, one]);
await row("one Series, one Portion", 150_000, pass.write.createSeries([SERIES, one]));
await row(
  "one Series, 16 Portions",
  150_000 + 15 * 23_000,
  pass.write.createSeries([2n, sixteen]),
  "reach: 23,000 per further Portion",
);
await buy(SERIES);
await row("buy one pass with ETH into escrow, new holder", 62_000, buy(SERIES, bob));
await buy(2n);
await row("the same in a Series of 16 Portions", 62_000, buy(2n, bob));

const token = await world.viem.deployContract("PlainToken");
await pass.write.setCurrency([token.address, true]);
await pass.write.createSeries([3n, { ...one, currency: token.address }]);
for (const buyer of [ann, bob]) {
  await token.write.mint([buyer.account.address, 10n * PRICE]);
  await token.write.approve([pass.address, 10n * PRICE], { account: buyer.account });
}
await buy(3n, ann, 1, 0n);
await row("buy one with ERC-20 (allowance set)", 84_000, buy(3n, bob, 1, 0n), "OpenZeppelin's ERC-20");

const book = external(one);
await pass.write.createSeries([4n, book]);
const line = (serial: number, to = stranger(serial)) => ({ serial, to, epoch: 3n, transfers: 1 });
const life = { notBefore: start, deadline: start + 900n };
const claim = async (serial: number, to: Hex) => {
  const message = { passId: passId(serial, 4n), to, epoch: 3n, transfers: 1, ...life };
  const signed = { ...message, termsHash: book.termsHash };
  return [signed, await sign(world, "MintClaim", signed)] as const;
};
await pass.write.claim(await claim(1, ann.account.address), { account: ann.account });
await row(
  "claim by MintClaim, signer cap counted",
  72_000,
  pass.write.claim(await claim(2, bob.account.address), { account: bob.account }),
);
const lines = Array.from({ length: 10 }, (_, i) => line(i + 3));
const batch = { series: 4n, termsHash: book.termsHash, ...life, lines };
await row(
  "claim for ten recipients in one call",
  360_000,
  pass.write.claimBatch([batch, await sign(world, "MintClaimBatch", batch)]),
  "ten accounts never seen before",
);

await row("transfer one pass to a new holder, windows checked, one Portion", 44_000, hand(SERIES, 1));
await row("transfer one pass to a new holder, windows checked, 16 Portions", 50_000, hand(2n, 1));
await row(
  "holder refund in ETH",
  56_000,
  pass.write.refund([passId(2), bob.account.address], { account: bob.account }),
);
await row(
  "holder refund in ETH, 16 Portions",
  56_000,
  pass.write.refund([passId(2, 2n), bob.account.address], { account: bob.account }),
);
await row(
  "one organizer's contract",
  165_000,
  world.factory.write.create([`0x${"07".repeat(16)}`, owner.account.address, "Ada's Kitchen", "ADA"]),
);

const sizes = await Promise.all(
  [world.code, world.desk].map(async ({ address }) => (await chain.getCode({ address }))!.length / 2 - 1),
);
const number = (value: bigint | number) => value.toLocaleString("en-US");
const text = [
  "# Gas",
  "",
  "Written by `npm run gas` in `hardhat-local/`; `CHECK=1 npm run gas` says whether it is fresh. Every",
  "figure is `gasUsed` of one transaction through a clone, production profile, steady state (the",
  "Series has sold before), all promises on.",
  "",
  "| work | reach | used | |",
  "|---|---|---|---|",
  ...rows.map(
    ([work, reach, gas, note]) =>
      `| ${work} | ${number(reach)} | ${gas > reach ? `**${number(gas)}**` : number(gas)} | ${note} |`,
  ),
  ...["EventPass", "EventPassDesk"].map(
    (name, i) => `| deployed code of ${name}, bytes | 18,000 | ${number(sizes[i]!)} | |`,
  ),
  "",
  "What a purchase cannot do without: 21,000 for the transaction, 796 for its bytes, 2,750 for the",
  "clone, 22,100 for the pass, 5,000 for the books, 2,700 to read the rules, 2,100 to see that the",
  "sale is not paused, 2,387 for the event: 58,833. The rest is arithmetic and the guard against",
  "reentrancy. With ERC-20 about 22,000 more go to the token and to two readings of the balance.",
  "",
  "What keeps the rest small, and is to be kept: the rules are words in memory, not a struct to be",
  "cleared; what a sale does after the books are written needs no memory; while no Portion was moved,",
  "the first one ahead has the next doors, so 16 of them cost a purchase some 90 gas to copy and no",
  "more. A moved Portion costs its slot, 2,100, and a look at all. In a refund each Portion is weighed:",
  "about 280 gas.",
  "",
].join("\n");

console.log(text);
if (process.env.CHECK) {
  if (readFileSync(FILE, "utf8") !== text) throw new Error("docs/gas.md is not fresh: npm run gas");
} else {
  writeFileSync(FILE, text);
}
