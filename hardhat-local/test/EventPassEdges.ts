/** The last second, wei, pass or bit that is still allowed, and the first that is not. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { getAddress, type Hex } from "viem";

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
import { refusalOf } from "../vectors.js";

let world: World;
let terms: Terms;
let ann: Hex;
let own: { account: World["ann"]["account"] };

beforeEach(async () => {
  world = await deploy();
  terms = termsFrom(await world.now());
  ann = getAddress(world.ann.account.address);
  own = { account: world.ann.account };
});

const create = (series: bigint, change: object = {}) =>
  world.pass.write.createSeries([series, { ...terms, ...change }]);
const books = (series = SERIES) => world.pass.read.booksOf([series]);

describe("A move", () => {
  const move = (doors: number, ends: number, settles: number) => {
    const { doorsAt, endsAt, settlesAt } = terms.portions[0]!;
    const times = [doorsAt + doors, endsAt + ends, settlesAt + settles] as const;
    return world.pass.write.movePortion([SERIES, 0n, ...times]);
  };

  it("makes neither doors nor settlement earlier, be it by a second", async () => {
    await create(SERIES);
    const earlier: [number, number, number][] = [[-1, 0, 0], [0, 0, -1], [-1, 0, 9], [9, 0, -1]];
    for (const times of earlier) {
      assert.equal((await refusalOf(move(...times))).name, "PortionMayOnlyMoveLater");
    }
    await move(0, -1, 0); // an earlier end breaks no promise
    assert.equal((await world.pass.read.portionsOf([SERIES]))[0]!.endsAt, terms.portions[0]!.endsAt - 1);
  });

  it("may not go before what was moved already", async () => {
    await create(SERIES);
    await move(60, 60, 60);
    assert.equal((await refusalOf(move(59, 60, 60))).name, "PortionMayOnlyMoveLater");
    await move(60, 60, 60);
  });
});

describe("A sale", () => {
  it("may be closed in this very second and up to one before the published one", async () => {
    await create(SERIES);
    const last = terms.saleClosesAt - 1;
    await world.pass.write.closeSale([SERIES, last]);
    assert.equal((await books()).saleClosesAt, last);
    const now = (await world.now()) + 10n;
    await world.nextAt(now);
    await world.pass.write.closeSale([SERIES, Number(now)]);
    const again = world.pass.write.closeSale([SERIES, Number(now)]);
    assert.equal((await refusalOf(again)).name, "SaleMayOnlyCloseEarlier");
  });

  it("takes as much money as the books hold, to the last wei", async () => {
    const token = await world.viem.deployContract("MockToken");
    const price = 2n ** 96n - 1n;
    await world.pass.write.setCurrency([token.address, true]);
    await create(SERIES, { price, currency: token.address });
    await token.write.mint([ann, 2n * price]);
    await token.write.approve([world.pass.address, 2n * price], own);
    await world.pass.write.buy([SERIES, 1, ann], own);
    assert.equal((await books()).escrow, price);
    assert.equal((await refusalOf(world.pass.write.buy([SERIES, 1, ann], own))).name, "EscrowTooLarge");
    await world.pass.write.refund([passId(1), ann], own);
    assert.deepEqual([(await books()).escrow, (await books()).minted], [0n, 1]);
  });

  it("takes a ticket that lives exactly as long as one may", async () => {
    await create(SERIES, { ticketed: true });
    const now = (await world.now()) + 10n;
    const ticket = { ...(await ticketFor(world, ann)), deadline: now + 900n };
    const signature = await sign(world, "SaleTicket", ticket);
    await world.nextAt(now);
    await world.pass.write.buyWithTicket([ticket, signature], { value: PRICE });
    assert.equal(await world.pass.read.balanceOf([ann, passId(1)]), 1n);
  });

  it("without tickets takes not even one byte of a signature, but an order without one", async () => {
    await create(SERIES);
    const ticket = await ticketFor(world, ann);
    const order = (signature: Hex) =>
      world.pass.write.buyWithTicket([ticket, signature], { value: PRICE });
    assert.equal((await refusalOf(order("0x01"))).name, "TicketNotRequired");
    await order("0x");
    assert.equal(await world.pass.read.isTicketSpent([99n]), false);
  });
});

describe("A payment", () => {
  it("of nothing disturbs nobody", async () => {
    const to = await world.viem.deployContract("MockReceiver");
    await to.write.setRefusesMoney([true]);
    await create(SERIES, { price: 0n });
    await world.pass.write.buy([SERIES, 1, ann], own);
    await world.pass.write.refund([passId(1), to.address], own);
    assert.equal((await books()).burned, 1);
  });

  it("in a currency that takes more than it was told is refused", async () => {
    const token = await world.viem.deployContract("MockToken");
    await world.pass.write.setCurrency([token.address, true]);
    await create(SERIES, { currency: token.address });
    await token.write.mint([ann, 2n * PRICE]);
    await token.write.approve([world.pass.address, 2n * PRICE], own);
    await world.pass.write.buy([SERIES, 2, ann], own);
    await token.write.setManner([4]);
    const moved = PRICE + PRICE / 100n;
    assert.deepEqual(await refusalOf(world.pass.write.refund([passId(1), ann], own)), {
      name: "InexactPayment",
      args: [getAddress(token.address), PRICE, moved],
    });
  });

  it("above what is free is refused at one wei, and what is free is paid to the wei", async () => {
    await create(SERIES);
    await world.pass.write.buy([SERIES, 3, ann], { ...own, value: 3n * PRICE });
    await world.pass.write.closeSale([SERIES, Number((await world.now()) + 5n)]);
    await world.goTo(BigInt(terms.portions[0]!.settlesAt));
    const most = (await books()).withdrawable;
    const take = (amount: bigint) => world.pass.write.withdraw([SERIES, amount, ann]);
    assert.deepEqual((await refusalOf(take(most + 1n))).args, [SERIES, most + 1n, most]);
    await take(most);
    assert.deepEqual([(await books()).withdrawable, (await books()).escrow], [0n, 3n * PRICE - most]);
  });
});

describe("The books", () => {
  it("keep 16 Portions apart, cancelled and moved", async () => {
    const portions = Array.from({ length: 16 }, () => ({ ...terms.portions[2]!, weightBp: 625 }));
    await create(SERIES, { portions });
    await world.pass.write.buy([SERIES, 1, ann], { value: PRICE });
    const { doorsAt, endsAt, settlesAt } = terms.portions[2]!;
    const later = [doorsAt + 60, endsAt + 60, settlesAt + 60] as const;
    for (const index of [0n, 14n]) await world.pass.write.movePortion([SERIES, index, ...later]);
    for (const index of [1n, 15n]) await world.pass.write.cancelPortion([SERIES, index]);
    const standings = await world.pass.read.portionsOf([SERIES]);
    const at = (what: (portion: (typeof standings)[0]) => boolean) =>
      standings.flatMap((portion, index) => (what(portion) ? [index] : []));
    assert.deepEqual(at((portion) => portion.cancelled), [1, 15]);
    assert.deepEqual(at((portion) => portion.doorsAt === later[0]), [0, 14]);
    assert.deepEqual([(await books()).minted, (await books()).escrow], [1, PRICE]);
    assert.equal(await world.pass.read.drawOf([passId(1)]), (PRICE * 1_250n) / 10_000n);
  });

  it("say what went back for a pass, and nothing of one that never was", async () => {
    await create(SERIES);
    await world.pass.write.buy([SERIES, 2, ann], { value: 2n * PRICE });
    const { coolingEndsAt } = await world.pass.read.passOf([passId(1)]);
    await world.pass.write.cancelPortion([SERIES, 1n]);
    await world.pass.write.draw([passId(1), ann], own);
    const amount = (PRICE * 3_333n) / 10_000n;
    assert.deepEqual(await world.pass.read.passOf([passId(1)]), {
      ...{ holder: ann, coolingEndsAt, transfers: 0, paidBack: amount, burned: false },
    });
    assert.deepEqual(await world.pass.read.canTransfer([passId(1)]), [true, 0]);
    assert.equal((await world.pass.read.passOf([passId(2)])).paidBack, 0n);
    for (const read of ["passOf", "refundOf", "drawOf", "canTransfer"] as const) {
      const refusal = await refusalOf(world.pass.read[read]([passId(3)]) as Promise<unknown>);
      assert.deepEqual(refusal, { name: "UnknownPass", args: [passId(3)] });
    }
  });

  it("of an external Series know neither sale nor money, and count what lives", async () => {
    await create(SERIES, external(terms));
    for (const serial of [1, 2, 50]) {
      const claim = await claimFor(world, ann, serial);
      await world.pass.write.claim([claim, await sign(world, "MintClaim", claim)]);
    }
    await world.pass.write.surrender([passId(2)], own);
    assert.deepEqual(await books(), {
      ...{ minted: 3, live: 2, burned: 1, saleClosesAt: 0 },
      ...{ escrow: 0n, paidToLive: 0n, withdrawable: 0n },
    });
    assert.equal((await refusalOf(world.pass.write.withdraw([SERIES, 1n, ann]))).name, "MoreThanWithdrawable");
  });

  it("count transfers up to what they hold and then no further", async () => {
    const transfer = { ...terms.transfer, maxCount: 0 };
    await create(SERIES, { ...external(terms), transfer });
    const most = 2 ** 32 - 1;
    const claim = { ...(await claimFor(world, ann)), transfers: most - 1 };
    await world.pass.write.claim([claim, await sign(world, "MintClaim", claim)]);
    const hand = async (from: World["ann"], to: World["ann"]) => {
      const [by, next] = [from.account, getAddress(to.account.address)];
      await world.pass.write.safeTransferFrom([by.address, next, passId(7), 1n, "0x"], { account: by });
      const { holder, transfers, burned } = await world.pass.read.passOf([passId(7)]);
      assert.deepEqual([holder, transfers, burned], [next, most, false]);
    };
    await hand(world.ann, world.bob);
    await hand(world.bob, world.eve);
  });

  it("end a sale for good with any cancellation, at that second", async () => {
    await create(SERIES);
    const now = (await world.now()) + DAY;
    await world.nextAt(now);
    await world.pass.write.cancelPortion([SERIES, 0n]);
    assert.equal(BigInt((await books()).saleClosesAt), now);
    await world.goTo(now + DAY);
    await world.pass.write.cancelPortion([SERIES, 2n]);
    assert.equal(BigInt((await books()).saleClosesAt), now);
    assert.equal((await refusalOf(world.pass.write.buy([SERIES, 1, ann], { value: PRICE }))).name, "SaleClosed");
  });
});
