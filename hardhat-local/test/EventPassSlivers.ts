/** The smallest share, the shortest time: what rounding and counting from 0 could swallow. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { getAddress, type Hex } from "viem";

import { deploy, passId, PRICE, SERIES, type Terms, termsFrom, type World } from "../eventPass.js";

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
