/** What every step of money and of a Series publishes: each event, with all it says, in order. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { getAddress, type Hex, parseEventLogs, zeroAddress } from "viem";

import {
  claimFor,
  DAY,
  deploy,
  external,
  passId,
  PRICE,
  SERIES,
  sign,
  type Terms,
  termsFrom,
  ticketFor,
  type World,
} from "../eventPass.js";

const GONE = getAddress(`0x${"0a11ce".padStart(40, "0")}`);
let world: World;
let terms: Terms;
let ann: Hex;
let own: { account: World["ann"]["account"] };

beforeEach(async () => {
  world = await deploy();
  terms = termsFrom(await world.now());
  ann = getAddress(world.ann.account.address);
  own = { account: world.ann.account };
  await world.pass.write.createSeries([SERIES, terms]);
});

/** Returns name and arguments of what a transaction publishes. */
async function said(sent: Promise<Hex>) {
  const { logs } = await world.chain.getTransactionReceipt({ hash: await sent });
  return parseEventLogs({ abi: world.pass.abi, logs }).map(({ eventName, args }) => [eventName, args]);
}

const buy = (quantity: number) =>
  world.pass.write.buy([SERIES, quantity, ann], { ...own, value: BigInt(quantity) * PRICE });
const single = (from: Hex, to: Hex, id: bigint, operator = ann) =>
  ["TransferSingle", { operator, from, to, id, value: 1n }] as const;

describe("What is published", () => {
  it("of one pass sold is its number, of several are all numbers", async () => {
    assert.deepEqual(await said(buy(1)), [single(zeroAddress, ann, passId(1))]);
    const ids = [passId(2), passId(3)];
    const args = { operator: ann, from: zeroAddress, to: ann, ids, values: [1n, 1n] };
    assert.deepEqual(await said(buy(2)), [["TransferBatch", args]]);
  });

  it("of a ticket is that its place is taken", async () => {
    await world.pass.write.createSeries([2n, { ...terms, ticketed: true }]);
    const ticket = { ...(await ticketFor(world, ann)), series: 2n };
    const signature = await sign(world, "SaleTicket", ticket);
    const sent = world.pass.write.buyWithTicket([ticket, signature], { ...own, value: PRICE });
    assert.deepEqual(await said(sent), [
      ["TicketSpent", { series: 2n, nonce: 99n }],
      single(zeroAddress, ann, passId(1, 2n)),
    ]);
  });

  it("of a refund is the end of the pass and what was paid", async () => {
    await buy(1);
    assert.deepEqual(await said(world.pass.write.refund([passId(1), GONE], own)), [
      single(ann, zeroAddress, passId(1)),
      ["PassRefunded", { id: passId(1), amount: PRICE }],
    ]);
  });

  it("of a draw is who took how much, and where it went", async () => {
    await buy(1);
    await world.pass.write.cancelPortion([SERIES, 1n]);
    await world.goTo((await world.now()) + DAY);
    const amount = (PRICE * 3_333n) / 10_000n;
    assert.deepEqual(await said(world.pass.write.draw([passId(1), GONE], own)), [
      ["PassDrawn", { id: passId(1), holder: ann, to: GONE, amount }],
    ]);
  });

  it("of a surrender is the end of the pass, and by whom", async () => {
    await world.pass.write.createSeries([2n, external(terms)]);
    const claim = { ...(await claimFor(world, ann)), passId: passId(7, 2n) };
    await world.pass.write.claim([claim, await sign(world, "MintClaim", claim)], own);
    assert.deepEqual(await said(world.pass.write.surrender([passId(7, 2n)], own)), [
      single(ann, zeroAddress, passId(7, 2n)),
      ["PassSurrendered", { id: passId(7, 2n), holder: ann }],
    ]);
  });

  it("of a withdrawal is how much went where", async () => {
    await buy(1);
    await world.goTo(BigInt(terms.saleClosesAt) + DAY);
    assert.deepEqual(await said(world.pass.write.withdraw([SERIES, 5n, GONE])), [
      ["Withdrawn", { series: SERIES, to: GONE, amount: 5n }],
    ]);
  });

  it("of a new Series is where its rules are, of a currency whether it may be named", async () => {
    const sent = await world.pass.write.createSeries([2n, terms]);
    const [created, ...others] = await said(Promise.resolve(sent));
    assert.equal(others.length, 0);
    const { document, ...args } = (created as [string, { document: Hex }])[1];
    assert.deepEqual([created![0], args], [
      "SeriesCreated",
      { series: 2n, termsHash: terms.termsHash, saleClosesAt: terms.saleClosesAt },
    ]);
    assert.ok((await world.chain.getCode({ address: document }))!.length > 2);
    assert.deepEqual(await said(world.pass.write.setCurrency([GONE, true])), [
      ["CurrencySet", { currency: GONE, allowed: true }],
    ]);
    assert.equal(await world.pass.read.isCurrency([GONE]), true);
    await world.pass.write.setCurrency([GONE, false]);
    assert.equal(await world.pass.read.isCurrency([GONE]), false);
    assert.equal(await world.pass.read.isCurrency([zeroAddress]), true);
  });

  it("of a sale that closes is when, also if a cancellation closes it", async () => {
    const soon = (await world.now()) + DAY;
    assert.deepEqual(await said(world.pass.write.closeSale([SERIES, Number(soon)])), [
      ["SaleClosesAt", { series: SERIES, closesAt: soon }],
    ]);
    const now = (await world.now()) + 10n;
    await world.nextAt(now);
    assert.deepEqual(await said(world.pass.write.cancelPortion([SERIES, 2n])), [
      ["SaleClosesAt", { series: SERIES, closesAt: now }],
      ["PortionCancelled", { series: SERIES, index: 2n }],
    ]);
    assert.deepEqual(await said(world.pass.write.cancelSeries([SERIES])), [
      ["PortionCancelled", { series: SERIES, index: 0n }],
      ["PortionCancelled", { series: SERIES, index: 1n }],
    ]);
  });

  it("of an external Series cancelled is no sale", async () => {
    await world.pass.write.createSeries([2n, external(terms)]);
    assert.deepEqual(await said(world.pass.write.cancelPortion([2n, 0n])), [
      ["PortionCancelled", { series: 2n, index: 0n }],
    ]);
    assert.equal((await world.pass.read.portionsOf([2n]))[0]!.cancelled, true);
  });

  it("of a move are the new times and how long holders may react", async () => {
    const { doorsAt, endsAt, settlesAt } = terms.portions[1]!;
    const now = (await world.now()) + 10n;
    await world.nextAt(now);
    const times = [doorsAt + 10, endsAt + 20, settlesAt + 30] as const;
    assert.deepEqual(await said(world.pass.write.movePortion([SERIES, 1n, ...times])), [
      [
        "PortionMoved",
        {
          ...{ series: SERIES, index: 1n, windowClosesAt: now + 7n * DAY },
          ...{ doorsAt: BigInt(times[0]), endsAt: BigInt(times[1]), settlesAt: BigInt(times[2]) },
        },
      ],
    ]);
    assert.deepEqual((await world.pass.read.portionsOf([SERIES]))[1], {
      ...{ weightBp: 3_333, doorsAt: times[0], endsAt: times[1], settlesAt: times[2] },
      ...{ moveOpenedAt: Number(now), moveClosesAt: Number(now + 7n * DAY), cancelled: false },
    });
  });
});
