import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { getAddress, type Hex, zeroAddress } from "viem";

import { DAY, deploy, external, passId, PRICE, SERIES, type Terms, termsFrom, type World } from "../eventPass.js";
import { refusalOf } from "../vectors.js";

let world: World;
let terms: Terms;
let start: bigint;
let ann: Hex;
const GONE: Hex = "0x00000000000000000000000000000000000a11ce";

beforeEach(async () => {
  world = await deploy();
  start = await world.now();
  terms = termsFrom(start);
  ann = getAddress(world.ann.account.address);
  await world.pass.write.createSeries([SERIES, terms]);
  await world.pass.write.buy([SERIES, 3, ann], { value: 3n * PRICE });
});

const part = (bp: bigint) => (PRICE * bp) / 10_000n;
const refund = (serial = 1, by = world.ann, to: Hex = GONE) =>
  world.pass.write.refund([passId(serial), to], { account: by.account });
const draw = (serial = 1, by = world.ann) =>
  world.pass.write.draw([passId(serial), GONE], { account: by.account });
const refundOf = (serial = 1) => world.pass.read.refundOf([passId(serial)]);
const books = () => world.pass.read.booksOf([SERIES]);
const paid = () => world.chain.getBalance({ address: GONE });

describe("A refund", () => {
  it("pays everything in cooling-off, then by steps, at the second", async () => {
    const { coolingEndsAt } = await world.pass.read.passOf([passId(1)]);
    assert.deepEqual(await refundOf(), [1, PRICE]);
    await world.goTo(BigInt(coolingEndsAt));
    assert.deepEqual(await refundOf(), [2, PRICE]);
    await world.goTo(start + 20n * DAY - 1n);
    assert.deepEqual(await refundOf(), [2, PRICE]);
    await world.goTo(start + 20n * DAY);
    assert.deepEqual(await refundOf(), [2, part(5_000n)]);
    await refund();
    assert.equal(await paid(), part(5_000n));
    await world.goTo(start + 29n * DAY);
    assert.deepEqual(await refundOf(2), [0, 0n]);
    await world.nextAt(start + 30n * DAY);
    assert.deepEqual(await refusalOf(refund(2)), {
      name: "RefundNothing",
      args: [passId(2), start + 30n * DAY],
    });
  });

  it("burns the pass for ever and lowers the books", async () => {
    await refund();
    const { minted, live, burned, escrow } = await books();
    assert.deepEqual([minted, live, burned, escrow], [3, 2, 1, 2n * PRICE]);
    assert.deepEqual(await refusalOf(refund()), { name: "UnknownPass", args: [passId(1)] });
    assert.equal((await world.pass.read.passOf([passId(1)])).burned, true);
  });

  it("is for the holder alone, not even for an operator", async () => {
    await world.pass.write.setApprovalForAll([world.eve.account.address, true], {
      account: world.ann.account,
    });
    assert.deepEqual(await refusalOf(refund(1, world.eve)), {
      name: "NotHolder",
      args: [passId(1), getAddress(world.eve.account.address)],
    });
  });

  it("of several is as many single ones, all or none", async () => {
    const several = (ids: bigint[]) =>
      world.pass.write.refundBatch([ids, GONE], { account: world.ann.account });
    assert.equal((await refusalOf(several([]))).name, "ZeroQuantity");
    assert.equal((await refusalOf(several([passId(1), passId(1)]))).name, "UnknownPass");
    await world.goTo(start + 21n * DAY);
    await several([passId(1), passId(2)]);
    assert.equal(await paid(), 2n * part(5_000n));
  });

  it("fails whole when its receiver takes no money", async () => {
    const receiver = await world.viem.deployContract("MockReceiver");
    await receiver.write.setRefusesMoney([true]);
    assert.deepEqual(await refusalOf(refund(1, world.ann, receiver.address)), {
      name: "PaymentFailed",
      args: [getAddress(receiver.address), PRICE],
    });
    assert.equal((await refusalOf(refund(1, world.ann, zeroAddress))).name, "PaymentFailed");
    assert.equal((await books()).live, 3);
  });

  it("of a free pass gives the place back until the last doors", async () => {
    await world.pass.write.createSeries([5n, { ...terms, price: 0n }]);
    await world.pass.write.buy([5n, 2, ann]);
    assert.deepEqual(await world.pass.read.refundOf([passId(1, 5n)]), [4, 0n]);
    await world.pass.write.refund([passId(1, 5n), GONE], { account: world.ann.account });
    await world.goTo(BigInt(terms.portions[2]!.doorsAt));
    assert.deepEqual(await world.pass.read.refundOf([passId(2, 5n)]), [0, 0n]);
  });
});

describe("A cancelled Portion", () => {
  it("pays its share to who keeps the pass, once, and closes the sale", async () => {
    await world.goTo(start + 21n * DAY);
    await world.pass.write.cancelPortion([SERIES, 1n]);
    assert.ok((await books()).saleClosesAt <= Number(await world.now()));
    const share = part(3_333n);
    assert.equal(await world.pass.read.drawOf([passId(1)]), share);
    await draw();
    assert.equal(await paid(), share);
    assert.equal((await books()).paidToLive, share);
    assert.deepEqual(await refusalOf(draw()), { name: "DrawNothing", args: [passId(1)] });
    assert.equal((await refusalOf(draw(2, world.bob))).name, "NotHolder");
    // Giving up pays 3333 + min(5000, 6667), less what was drawn.
    assert.deepEqual(await refundOf(), [3, part(8_333n) - share]);
    await refund();
    assert.equal(await paid(), part(8_333n));
    assert.equal((await books()).paidToLive, 0n);
  });

  it("cannot be cancelled twice, after settlement, or where there is none", async () => {
    const cancel = (index: bigint) => world.pass.write.cancelPortion([SERIES, index]);
    await cancel(0n);
    assert.deepEqual(await refusalOf(cancel(0n)), {
      name: "PortionCancelledAlready",
      args: [SERIES, 0n],
    });
    assert.deepEqual(await refusalOf(cancel(3n)), { name: "NoSuchPortion", args: [SERIES, 3n] });
    const settles = BigInt(terms.portions[1]!.settlesAt);
    await world.nextAt(settles);
    assert.deepEqual(await refusalOf(cancel(1n)), {
      name: "PortionSettled",
      args: [SERIES, 1n, settles],
    });
  });

  it("comes with all others when the Series is cancelled", async () => {
    await world.goTo(BigInt(terms.portions[0]!.settlesAt));
    await world.pass.write.cancelSeries([SERIES]);
    const standings = await world.pass.read.portionsOf([SERIES]);
    assert.deepEqual(standings.map((portion) => portion.cancelled), [false, true, true]);
    assert.equal(await world.pass.read.drawOf([passId(1)]), part(6_667n));
    assert.deepEqual(await refusalOf(world.pass.write.cancelSeries([SERIES])), {
      name: "NothingToCancel",
      args: [SERIES],
    });
  });
});

describe("A moved Portion", () => {
  const postpone = (days: number, index = 0) => {
    const portion = terms.portions[index]!;
    const by = days * 86_400;
    const times = [portion.doorsAt + by, portion.endsAt + by, portion.settlesAt + by] as const;
    return world.pass.write.movePortion([SERIES, BigInt(index), ...times]);
  };

  it("lets holders react for the move window", async () => {
    await world.goTo(start + 29n * DAY);
    await postpone(10);
    const opened = await world.now();
    assert.deepEqual(await refundOf(), [3, part(3_333n)]);
    await world.goTo(opened + 7n * DAY - 1n);
    assert.deepEqual(await refundOf(), [3, part(3_333n)]);
    await world.goTo(opened + 7n * DAY);
    assert.deepEqual(await refundOf(), [0, 0n]);
  });

  it("closes its window at the new doors at the latest", async () => {
    await world.goTo(start + 29n * DAY);
    await postpone(1);
    const [first] = await world.pass.read.portionsOf([SERIES]);
    assert.equal(first!.moveClosesAt, terms.portions[0]!.doorsAt + 86_400);
  });

  it("goes to later only, and not once its doors have opened", async () => {
    assert.deepEqual(await refusalOf(postpone(-1)), {
      name: "PortionMayOnlyMoveLater",
      args: [SERIES, 0n],
    });
    const { doorsAt, endsAt, settlesAt } = terms.portions[0]!;
    const odd = world.pass.write.movePortion([SERIES, 0n, endsAt + 9, endsAt, settlesAt]);
    assert.equal((await refusalOf(odd)).name, "PortionTimesInvalid");
    await world.nextAt(BigInt(doorsAt));
    assert.deepEqual(await refusalOf(postpone(1)), {
      name: "PortionDoorsOpened",
      args: [SERIES, 0n, BigInt(doorsAt)],
    });
  });
});

describe("The organizer", () => {
  const withdraw = (amount: bigint, by = world.owner) =>
    world.pass.write.withdraw([SERIES, amount, GONE], { account: by.account });

  it("draws nothing until the last buyer's cooling-off has ended, then what is settled", async () => {
    const end = BigInt(terms.saleClosesAt) + DAY;
    await world.goTo(end - 2n);
    assert.equal((await books()).withdrawable, 0n);
    assert.deepEqual(await refusalOf(withdraw(1n)), {
      name: "MoreThanWithdrawable",
      args: [SERIES, 1n, 0n],
    });
    await world.goTo(end);
    // The third Portion settles in this very second: nothing is left to be owed.
    assert.equal((await books()).withdrawable, 3n * PRICE);
    await withdraw(3n * PRICE);
    assert.equal(await paid(), 3n * PRICE);
  });

  it("gets Portion after Portion once the sale is closed", async () => {
    await world.pass.write.closeSale([SERIES, Number((await world.now()) + 5n)]);
    await world.goTo(BigInt(terms.portions[0]!.settlesAt));
    assert.equal((await books()).withdrawable, 3n * (PRICE - part(6_667n)));
    assert.deepEqual(await refusalOf(withdraw(1n, world.eve)), {
      name: "NotOwner",
      args: [getAddress(world.eve.account.address)],
    });
  });

  it("closes the sale earlier only, and not in the past", async () => {
    const close = (time: number) => world.pass.write.closeSale([SERIES, time]);
    assert.deepEqual(await refusalOf(close(terms.saleClosesAt)), {
      name: "SaleMayOnlyCloseEarlier",
      args: [SERIES, BigInt(terms.saleClosesAt), BigInt(terms.saleClosesAt)],
    });
    assert.equal((await refusalOf(close(Number(start)))).name, "SaleMayOnlyCloseEarlier");
    await world.pass.write.createSeries([6n, external(terms)]);
    const external_ = world.pass.write.closeSale([6n, Number(start + DAY)]);
    assert.equal((await refusalOf(external_)).name, "NotEscrow");
  });
});
