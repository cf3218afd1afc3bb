import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { getAddress, type Hex, parseEventLogs, zeroAddress } from "viem";

import {
  badgeId,
  callData,
  DAY,
  deploy,
  HOUR,
  passId,
  PRICE,
  SERIES,
  type Terms,
  termsFrom,
  type World,
} from "../eventPass.js";
import { refusalOf } from "../vectors.js";

let world: World;
let terms: Terms;
let ann: Hex;
let bob: Hex;

beforeEach(async () => {
  world = await deploy();
  terms = termsFrom(await world.now());
  [ann, bob] = [getAddress(world.ann.account.address), getAddress(world.bob.account.address)];
  await world.pass.write.createSeries([SERIES, terms]);
  await world.pass.write.buy([SERIES, 3, ann], { value: 3n * PRICE });
});

const move = (to: Hex, id = passId(1), by = world.ann, value = 1n, data: Hex = "0x") =>
  world.pass.write.safeTransferFrom([ann, to, id, value, data], { account: by.account });

/** Returns the events of a transaction, in order. */
async function eventsOf(hash: Promise<Hex>) {
  const { logs } = await world.chain.getTransactionReceipt({ hash: await hash });
  return parseEventLogs({ abi: world.pass.abi, logs });
}

describe("Transfers (ERC-1155)", () => {
  it("move one pass, emit one TransferSingle, count the transfer and end cooling-off", async () => {
    const [event] = await eventsOf(move(bob));

    assert.equal(event?.eventName, "TransferSingle");
    assert.deepEqual(event?.args, { operator: ann, from: ann, to: bob, id: passId(1), value: 1n });
    assert.equal(await world.pass.read.balanceOf([ann, passId(1)]), 0n);
    assert.equal(await world.pass.read.balanceOf([bob, passId(1)]), 1n);
    const pass = await world.pass.read.passOf([passId(1)]);
    assert.deepEqual([pass.holder, pass.transfers, pass.coolingEndsAt], [bob, 1, 0]);
  });

  it("need the holder or an operator approved for all", async () => {
    assert.deepEqual(await refusalOf(move(bob, passId(1), world.bob)), {
      name: "ERC1155MissingApprovalForAll",
      args: [bob, ann],
    });
    const approve = (yes: boolean) =>
      world.pass.write.setApprovalForAll([bob, yes], { account: world.ann.account });
    const [event] = await eventsOf(approve(true));
    assert.deepEqual(event?.args, { account: ann, operator: bob, approved: true });
    assert.equal(await world.pass.read.isApprovedForAll([ann, bob]), true);
    await move(bob, passId(1), world.bob);
    await approve(false);
    assert.equal((await refusalOf(move(bob, passId(2), world.bob))).name, "ERC1155MissingApprovalForAll");
    const nobody = world.pass.write.setApprovalForAll([zeroAddress, true]);
    assert.equal((await refusalOf(nobody)).name, "ERC1155InvalidOperator");
  });

  it("must not go to the zero address, nor move more than there is, nor nothing", async () => {
    assert.deepEqual(await refusalOf(move(zeroAddress)), {
      name: "ERC1155InvalidReceiver",
      args: [zeroAddress],
    });
    assert.deepEqual(await refusalOf(move(bob, passId(1), world.ann, 2n)), {
      name: "ERC1155InsufficientBalance",
      args: [ann, 1n, 2n, passId(1)],
    });
    assert.deepEqual(await refusalOf(move(bob, passId(8))), {
      name: "ERC1155InsufficientBalance",
      args: [ann, 0n, 1n, passId(8)],
    });
    assert.deepEqual(await refusalOf(move(bob, passId(1), world.ann, 0n)), {
      name: "ZeroQuantity",
      args: [passId(1)],
    });
    assert.deepEqual(await refusalOf(move(bob, 5n)), { name: "NotATokenId", args: [5n] });
  });

  it("move several at once or none, in the order given", async () => {
    const batch = (ids: bigint[], values: bigint[]) =>
      world.pass.write.safeBatchTransferFrom([ann, bob, ids, values, "0x"], {
        account: world.ann.account,
      });
    assert.deepEqual(await refusalOf(batch([passId(1), passId(2)], [1n])), {
      name: "ERC1155InvalidArrayLength",
      args: [2n, 1n],
    });
    assert.equal(
      (await refusalOf(batch([passId(1), passId(1)], [1n, 1n]))).name,
      "ERC1155InsufficientBalance",
    );
    const [event] = await eventsOf(batch([passId(2), passId(1)], [1n, 1n]));
    assert.equal(event?.eventName, "TransferBatch");
    assert.deepEqual(
      await world.pass.read.balanceOfBatch([[bob, bob, ann], [passId(1), passId(2), passId(3)]]),
      [1n, 1n, 1n],
    );
    const lopsided = world.pass.read.balanceOfBatch([[bob], [1n, 2n]]);
    assert.equal((await refusalOf(lopsided)).name, "ERC1155InvalidArrayLength");
  });
});

describe("Receivers", () => {
  const receiver = () => world.viem.deployContract("MockReceiver");

  it("are asked after the balance moved, with the data that was sent", async () => {
    const to = await receiver();
    const asked = callData(world, "balanceOf", [to.address, passId(1)]);
    await to.write.set([4, world.pass.address, asked]);
    await move(to.address, passId(1), world.ann, 1n, "0x1234");

    assert.equal(BigInt(await to.read.lastAnswer()), 1n);
    assert.deepEqual(
      [await to.read.lastOperator(), await to.read.lastFrom(), await to.read.lastData()],
      [ann, ann, "0x1234"],
    );
  });

  it("that refuse, answer wrongly or know nothing of tokens get none", async () => {
    const to = await receiver();
    await to.write.set([1, zeroAddress, "0x"]);
    await assert.rejects(move(to.address));
    await to.write.set([2, zeroAddress, "0x"]);
    assert.deepEqual(await refusalOf(move(to.address)), {
      name: "ERC1155InvalidReceiver",
      args: [getAddress(to.address)],
    });
    assert.equal((await refusalOf(move(world.factory.address))).name, "ERC1155InvalidReceiver");
    assert.equal(await world.pass.read.balanceOf([ann, passId(1)]), 1n);
  });

  it("may hand a pass on at once", async () => {
    const to = await receiver();
    const onward = callData(world, "safeTransferFrom", [to.address, bob, passId(1), 1n, "0x"]);
    await to.write.set([4, world.pass.address, onward]);
    await move(to.address);
    assert.equal(await to.read.lastDone(), true);
    assert.equal(await world.pass.read.balanceOf([bob, passId(1)]), 1n);
  });

  it("cannot call back into anything that moves money", async () => {
    const to = await receiver();
    for (const [name, args] of [
      ["refund", [passId(1), to.address]],
      ["draw", [passId(1), to.address]],
      ["buy", [SERIES, 1, to.address]],
    ] as const) {
      await to.write.set([4, world.pass.address, callData(world, name, args)]);
      await world.pass.write.buy([SERIES, 1, to.address], { value: PRICE });
      assert.equal(await to.read.lastDone(), false, name);
      assert.equal(await to.read.lastAnswer(), "0x3ee5aeb5", name); // ReentrancyGuardReentrantCall
    }
  });

  it("cannot be paid twice by calling back while they are paid", async () => {
    const to = await receiver();
    await world.pass.write.buy([SERIES, 2, to.address], { value: 2n * PRICE });
    const refund = (serial: number) => callData(world, "refund", [passId(serial), to.address]);
    await to.write.set([4, world.pass.address, refund(5)]);
    await to.write.act([world.pass.address, refund(4)]);

    assert.equal(await to.read.lastDone(), false);
    assert.equal(await world.chain.getBalance({ address: to.address }), PRICE);
  });
});

describe("Windows of transfer", () => {
  const refusal = async (code: number, time: bigint) => {
    await world.nextAt(time);
    assert.deepEqual(await refusalOf(move(bob)), {
      name: "TransferRefused",
      args: [passId(1), code, time],
    });
  };

  it("freeze from two hours before doors until the end, to the second", async () => {
    const doors = BigInt(terms.portions[0]!.doorsAt);
    await refusal(6, doors - 2n * HOUR);
    await refusal(6, BigInt(terms.portions[0]!.endsAt) - 2n);
    await world.goTo(BigInt(terms.portions[0]!.endsAt) - 1n);
    assert.deepEqual(await world.pass.read.canTransfer([passId(1)]), [false, 6]);
    await world.nextAt(BigInt(terms.portions[0]!.endsAt));
    await move(bob);
  });

  it("are open in the second before", async () => {
    await world.nextAt(BigInt(terms.portions[0]!.doorsAt) - 2n * HOUR - 1n);
    await move(bob);
  });

  it("do not freeze for a cancelled Portion, and follow a moved one", async () => {
    const [first, second] = [terms.portions[0]!, terms.portions[1]!];
    await world.pass.write.cancelPortion([SERIES, 0n]);
    const later = [second.doorsAt + 86_400, second.endsAt + 86_400, second.settlesAt + 86_400] as const;
    await world.pass.write.movePortion([SERIES, 1n, ...later]);
    await world.nextAt(BigInt(first.doorsAt));
    await move(bob);
    await world.nextAt(BigInt(second.doorsAt) + 60n);
    await move(bob, passId(2));
    await world.nextAt(BigInt(later[0]));
    assert.equal((await refusalOf(move(bob, passId(3)))).name, "TransferRefused");
  });

  it("end with the count, the opening and the closing that the Terms name", async () => {
    const open = async (series: bigint, change: object) => {
      const transfer = { ...terms.transfer, ...change };
      await world.pass.write.createSeries([series, { ...terms, transfer }]);
      await world.pass.write.buy([series, 1, ann], { value: PRICE });
      return passId(1, series);
    };
    const now = await world.now();
    const once = await open(20n, { maxCount: 1 });
    const never = await open(21n, { allowed: false, maxCount: 0, frozenMinutes: 0 });
    const window = await open(22n, { opensAt: Number(now + DAY), closesAt: Number(now + 2n * DAY) });
    await move(bob, once);
    const back = world.pass.write.safeTransferFrom([bob, ann, once, 1n, "0x"], {
      account: world.bob.account,
    });
    assert.equal((await refusalOf(back)).args[1], 3);
    assert.equal((await refusalOf(move(bob, never))).args[1], 2);
    assert.equal((await refusalOf(move(ann))).args[1], 1);
    await world.nextAt(now + DAY - 1n);
    assert.equal((await refusalOf(move(bob, window))).args[1], 4);
    await world.nextAt(now + 2n * DAY);
    assert.equal((await refusalOf(move(bob, window))).args[1], 5);
  });
});

describe("Badges", () => {
  const badge = badgeId(7n);

  it("are awarded and counted, never move, and may be given up", async () => {
    await world.pass.write.awardBadge([7n, ann, 3n]);
    assert.equal(await world.pass.read.balanceOf([ann, badge]), 3n);
    assert.deepEqual(await refusalOf(move(bob, badge)), { name: "BadgeSoulbound", args: [badge] });
    await world.pass.write.renounceBadge([7n, 2n], { account: world.ann.account });
    assert.equal(await world.pass.read.totalSupply([badge]), 1n);
    const more = world.pass.write.renounceBadge([7n, 2n], { account: world.ann.account });
    assert.deepEqual(await refusalOf(more), {
      name: "ERC1155InsufficientBalance",
      args: [ann, 1n, 2n, badge],
    });
    const batch = world.pass.write.safeBatchTransferFrom([ann, bob, [badge], [1n], "0x"], {
      account: world.ann.account,
    });
    assert.equal((await refusalOf(batch)).name, "BadgeSoulbound");
  });

  it("come from the organizer only, to somebody, and as something", async () => {
    const stranger = world.pass.write.awardBadge([7n, bob, 1n], { account: world.bob.account });
    assert.deepEqual(await refusalOf(stranger), { name: "NotOwner", args: [bob] });
    const nobody = world.pass.write.awardBadge([7n, zeroAddress, 1n]);
    assert.equal((await refusalOf(nobody)).name, "ERC1155InvalidReceiver");
    assert.equal((await refusalOf(world.pass.write.awardBadge([7n, ann, 0n]))).name, "ZeroQuantity");
    assert.equal((await refusalOf(world.pass.write.awardBadge([0n, ann, 1n]))).name, "BadgeZero");
  });
});

