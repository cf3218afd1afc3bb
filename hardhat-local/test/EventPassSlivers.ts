/** The smallest share, the shortest time: what rounding and counting from 0 could swallow. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { getAddress, type Hex, parseEventLogs } from "viem";

import { deploy, passId, PRICE, SERIES, type Terms, termsFrom, type World } from "../eventPass.js";
import { refusalOf } from "../vectors.js";

let world: World;
let terms: Terms;
let ann: Hex;

beforeEach(async () => {
  world = await deploy();
  terms = termsFrom(await world.now());
  ann = getAddress(world.ann.account.address);
});

const create = (series: bigint, change: object = {}) =>
  world.pass.write.createSeries([series, { ...terms, ...change }]);
const books = () => world.pass.read.booksOf([SERIES]);

describe("What is kept", () => {
  it("rounds up where a hundred-millionth is over", async () => {
    const portions = [
      { ...terms.portions[0]!, weightBp: 9_999 },
      { ...terms.portions[1]!, weightBp: 1 },
    ];
    const saleClosesAt = terms.portions[0]!.endsAt;
    await create(SERIES, { portions, saleClosesAt, guaranteeBp: 1, coolingOffSeconds: 0, steps: [] });
    await world.pass.write.buy([SERIES, 3, ann], { value: 3n * PRICE });
    await world.goTo(BigInt(terms.portions[0]!.settlesAt));
    // 1 bp of the guarantee on 1 bp of the weights: a share of 1 after rounding, of each pass.
    assert.equal((await books()).withdrawable, 3n * (PRICE - PRICE / 10_000n));
    await world.goTo(BigInt(terms.portions[1]!.settlesAt));
    assert.equal((await books()).withdrawable, 3n * PRICE);
  });
});

describe("A draw", () => {
  it("takes nothing from what the organizer may take", async () => {
    await create(SERIES, { coolingOffSeconds: 0, saleClosesAt: terms.portions[0]!.doorsAt });
    await world.pass.write.buy([SERIES, 2, ann], { value: 2n * PRICE });
    await world.pass.write.cancelPortion([SERIES, 1n]);
    await world.goTo(BigInt(terms.portions[0]!.settlesAt));
    const free = 2n * (PRICE - (PRICE * 6_667n) / 10_000n);
    assert.equal((await books()).withdrawable, free);
    await world.pass.write.draw([passId(1), ann], { account: world.ann.account });
    assert.equal((await books()).withdrawable, free);
  });

  it("after another one pays the rest of both", async () => {
    await create(SERIES);
    await world.pass.write.buy([SERIES, 1, ann], { value: PRICE });
    for (const [index, share] of [[0n, 3_333n], [1n, 6_666n]] as const) {
      await world.pass.write.cancelPortion([SERIES, index]);
      await world.pass.write.draw([passId(1), ann], { account: world.ann.account });
      const { paidBack } = await world.pass.read.passOf([passId(1)]);
      assert.equal(paidBack, (PRICE * share) / 10_000n);
      assert.equal((await books()).paidToLive, paidBack);
      assert.equal((await books()).escrow, PRICE - paidBack);
    }
  });

  it("of a single basis point leaves the books with the pass", async () => {
    const portions = [
      { ...terms.portions[0]!, weightBp: 1 },
      { ...terms.portions[1]!, weightBp: 9_999 },
    ];
    const saleClosesAt = terms.portions[0]!.endsAt;
    await create(SERIES, { portions, saleClosesAt });
    await world.pass.write.buy([SERIES, 1, ann], { value: PRICE });
    await world.pass.write.cancelPortion([SERIES, 0n]);
    const own = { account: world.ann.account };
    await world.pass.write.draw([passId(1), ann], own);
    assert.equal((await books()).paidToLive, PRICE / 10_000n);
    await world.pass.write.refund([passId(1), ann], own);
    assert.deepEqual([(await books()).paidToLive, (await books()).escrow], [0n, 0n]);
  });
});

describe("A cancelled Series", () => {
  it("leaves out what settles in that very second", async () => {
    await create(SERIES);
    await world.nextAt(BigInt(terms.portions[1]!.settlesAt));
    await world.pass.write.cancelSeries([SERIES]);
    const standings = await world.pass.read.portionsOf([SERIES]);
    assert.deepEqual(standings.map((portion) => portion.cancelled), [false, false, true]);
  });

  it("closes no sale that closes by itself in that very second", async () => {
    await create(SERIES);
    await world.nextAt(BigInt(terms.saleClosesAt));
    const hash = await world.pass.write.cancelPortion([SERIES, 2n]);
    const { logs } = await world.chain.getTransactionReceipt({ hash });
    const events = parseEventLogs({ abi: world.pass.abi, logs });
    assert.deepEqual(events.map(({ eventName }) => eventName), ["PortionCancelled"]);
  });
});

describe("Nothing", () => {
  it("is refused by what it is about", async () => {
    const none = world.pass.write.refundBatch([[], ann]);
    assert.deepEqual(await refusalOf(none), { name: "ZeroQuantity", args: [0n] });
  });
});

describe("Cooling-off", () => {
  it("of no length is none, and of one second is one", async () => {
    for (const seconds of [0, 1]) {
      const series = BigInt(seconds + 1);
      await create(series, { coolingOffSeconds: seconds });
      const now = (await world.now()) + 10n;
      await world.nextAt(now);
      await world.pass.write.buy([series, 1, ann], { value: PRICE });
      const { coolingEndsAt } = await world.pass.read.passOf([passId(1, series)]);
      assert.equal(coolingEndsAt, seconds && Number(now) + seconds);
      assert.equal((await world.pass.read.refundOf([passId(1, series)]))[0], seconds ? 1 : 2);
    }
  });
});
