/** Who is kept out of what: calls from within a payment or a greeting, and sales in a pause. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { getAddress, type Hex } from "viem";

import {
  callData,
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

const REENTERED = "0x3ee5aeb5"; // ReentrancyGuardReentrantCall
const EMPTY = `0x${"00".repeat(32)}` as const;
const PAYMENT = { validAfter: 0n, validBefore: 0n, v: 0, r: EMPTY, s: EMPTY };

let world: World;
let terms: Terms;
let ann: Hex;

beforeEach(async () => {
  world = await deploy();
  terms = termsFrom(await world.now());
  ann = getAddress(world.ann.account.address);
  await world.pass.write.createSeries([SERIES, terms]);
  await world.pass.write.createSeries([2n, external(terms)]);
});

/** Returns all that may not be called from within, as calls by their names. */
async function guarded(to: Hex): Promise<[string, readonly unknown[]][]> {
  const ticket = { ...(await ticketFor(world, to)), series: SERIES };
  const claim = { ...(await claimFor(world, to)), passId: passId(7, 2n) };
  const { termsHash, notBefore, deadline } = claim;
  const lines = [{ serial: 8, to, epoch: 1n, transfers: 0 }];
  const batch = { series: 2n, termsHash, notBefore, deadline, lines };
  return [
    ["buy", [SERIES, 1, to]],
    ["buyWithTicket", [ticket, "0x"]],
    ["buyWithAuthorization", [ticket, "0x", { from: to, ...PAYMENT }]],
    ["claim", [claim, await sign(world, "MintClaim", claim)]],
    ["claimBatch", [batch, await sign(world, "MintClaimBatch", batch)]],
    ["refund", [passId(1), to]],
    ["refundBatch", [[passId(1)], to]],
    ["draw", [passId(1), to]],
    ["surrender", [passId(7, 2n)]],
    ["withdraw", [SERIES, 0n, to]],
  ];
}

describe("A receiver of a pass", () => {
  it("calls nothing that sells, pays or ends passes, even as the organizer", async () => {
    const to = await world.viem.deployContract("MockReceiver");
    const as = (name: string, args: readonly unknown[]) =>
      to.write.act([world.pass.address, callData(world, name, args)]);
    await world.pass.write.transferOwnership([to.address]);
    await as("acceptOwnership", []);
    for (const [name, args] of await guarded(to.address)) {
      await to.write.set([4, world.pass.address, callData(world, name, args)]);
      await world.pass.write.buy([SERIES, 1, to.address], { value: PRICE });
      assert.deepEqual([await to.read.lastDone(), await to.read.lastAnswer()], [false, REENTERED], name);
    }
  });

  it("is kept out of every call that pays or greets it", async () => {
    const to = await world.viem.deployContract("MockReceiver");
    const within = callData(world, "refund", [passId(1), to.address]);
    await world.pass.write.buy([SERIES, 4, to.address], { value: 4n * PRICE });
    await to.write.set([4, world.pass.address, within]);
    await world.pass.write.cancelPortion([SERIES, 1n]);
    await world.pass.write.createSeries([3n, terms]);
    await world.goTo((await world.now()) + DAY);
    const [, ticketed, , claim, batch] = await guarded(to.address);
    const ticket = { ...(ticketed![1][0] as object), series: 3n };
    const calls: [string, readonly unknown[], bigint?][] = [
      ["draw", [passId(2), to.address]],
      ["refund", [passId(3), to.address]],
      ["refundBatch", [[passId(4)], to.address]],
      ["buy", [3n, 1, to.address], PRICE],
      ["buyWithTicket", [ticket, "0x"], PRICE],
      claim!,
      batch!,
    ];
    for (const [name, args, value] of calls) {
      await to.write.set([4, world.pass.address, within]);
      await to.write.act([world.pass.address, callData(world, name, args)], { value: value ?? 0n });
      assert.deepEqual([await to.read.lastDone(), await to.read.lastAnswer()], [false, REENTERED], name);
    }
    assert.equal((await world.pass.read.passOf([passId(1)])).burned, false);
  });
});

describe("A receiver of several passes", () => {
  it("is greeted once for all of them, after the balances", async () => {
    const to = await world.viem.deployContract("MockReceiver");
    const asked = callData(world, "balanceOf", [to.address, passId(2)]);
    await to.write.set([4, world.pass.address, asked]);
    await world.pass.write.buy([SERIES, 2, to.address], { value: 2n * PRICE });
    assert.equal(BigInt(await to.read.lastAnswer()), 1n);
    assert.deepEqual([await to.read.lastId(), await to.read.lastValue()], [2n, 2n]);
    const refusing = await world.viem.deployContract("MockReceiver");
    await refusing.write.set([1, world.pass.address, "0x"]);
    await assert.rejects(world.pass.write.buy([SERIES, 2, refusing.address], { value: 2n * PRICE }));
    await assert.rejects(world.pass.write.buy([SERIES, 1, refusing.address], { value: PRICE }));
  });
});

describe("A pause", () => {
  it("stops every way to get a pass and no way to get money back", async () => {
    await world.pass.write.buy([SERIES, 3, ann], { value: 3n * PRICE });
    await world.pass.write.cancelPortion([SERIES, 1n]);
    const first = await claimFor(world, ann, 9);
    const claimed = { ...first, passId: passId(9, 2n) };
    await world.pass.write.claim([claimed, await sign(world, "MintClaim", claimed)]);
    await world.goTo((await world.now()) + DAY);
    await world.pass.write.pause([DAY]);
    for (const [name, args] of (await guarded(ann)).slice(0, 5)) {
      const call = world.pass.write[name as "unpause"](args as never);
      assert.equal((await refusalOf(call)).name, "Paused", name);
    }
    const own = { account: world.ann.account };
    await world.pass.write.draw([passId(1), ann], own);
    await world.pass.write.refund([passId(2), ann], own);
    await world.pass.write.refundBatch([[passId(3)], ann], own);
    await world.pass.write.surrender([passId(9, 2n)], own);
    await world.pass.write.withdraw([SERIES, 0n, ann]);
  });
});
