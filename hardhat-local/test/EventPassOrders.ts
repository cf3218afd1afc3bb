/** Orders: what a ticket or an authorization sells is paid for exactly, and its receiver is asked. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { getAddress, type Hex, zeroAddress } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";

import {
  deploy,
  passId,
  PRICE,
  SERIES,
  sign,
  type Terms,
  termsFrom,
  type Ticket,
  ticketFor,
  TYPES,
  type World,
} from "../eventPass.js";
import { refusalOf } from "../vectors.js";

let world: World;
let terms: Terms;

beforeEach(async () => {
  world = await deploy();
  terms = termsFrom(await world.now());
});

/** Returns a contract that takes passes, and one that refuses them. */
async function receivers() {
  const [takes, refuses] = [
    await world.viem.deployContract("MockReceiver"),
    await world.viem.deployContract("MockReceiver"),
  ];
  await refuses.write.set([1, world.pass.address, "0x"]);
  return { takes, refuses };
}

describe("A greeting", () => {
  it("names who bought, that nobody had the pass before, and how many come", async () => {
    await world.pass.write.createSeries([SERIES, terms]);
    const { takes } = await receivers();
    const by = getAddress(world.bob.account.address);
    const buy = (quantity: number) =>
      world.pass.write.buy([SERIES, quantity, takes.address], {
        account: world.bob.account,
        value: BigInt(quantity) * PRICE,
      });
    const heard = async () => [
      ...[await takes.read.lastOperator(), await takes.read.lastFrom()],
      ...[await takes.read.lastId(), await takes.read.lastValue(), await takes.read.lastData()],
    ];
    await buy(1);
    assert.deepEqual(await heard(), [by, zeroAddress, passId(1), 1n, "0x"]);
    await buy(3); // the mock says how many ids and values it was told of
    assert.deepEqual(await heard(), [by, zeroAddress, 3n, 3n, "0x"]);
  });
});

describe("A ticket", () => {
  const redeem = async (ticket: Ticket, value: bigint) =>
    world.pass.write.buyWithTicket([ticket, await sign(world, "SaleTicket", ticket)], { value });

  it("is paid by whoever submits it, to the wei", async () => {
    await world.pass.write.createSeries([SERIES, { ...terms, ticketed: true }]);
    const ticket = await ticketFor(world, world.ann.account.address, 2);
    for (const value of [0n, 2n * PRICE - 1n, 2n * PRICE + 1n]) {
      assert.deepEqual(await refusalOf(redeem(ticket, value)), {
        name: "WrongPayment",
        args: [2n * PRICE, value],
      });
    }
    await redeem(ticket, 2n * PRICE);
    assert.equal((await world.pass.read.booksOf([SERIES])).escrow, 2n * PRICE);
    assert.equal(await world.chain.getBalance({ address: world.pass.address }), 2n * PRICE);
  });

  it("asks its receiver, of one pass and of several", async () => {
    await world.pass.write.createSeries([SERIES, { ...terms, ticketed: true }]);
    const { takes, refuses } = await receivers();
    for (const quantity of [1, 2]) {
      const ticket = await ticketFor(world, refuses.address, quantity);
      await assert.rejects(redeem(ticket, BigInt(quantity) * PRICE));
    }
    await redeem(await ticketFor(world, takes.address), PRICE);
    assert.deepEqual([await takes.read.lastId(), await takes.read.lastValue()], [passId(1), 1n]);
  });
});

describe("An authorization", () => {
  const holder = privateKeyToAccount(generatePrivateKey());
  let token: Awaited<ReturnType<typeof deployToken>>;
  const deployToken = () => world.viem.deployContract("MockToken");

  beforeEach(async () => {
    token = await deployToken();
    await world.pass.write.setCurrency([token.address, true]);
    await world.pass.write.createSeries([SERIES, { ...terms, currency: token.address }]);
    await token.write.mint([holder.address, 5n * PRICE]);
  });

  /** Submits an order with the holder's signature over `value`. */
  async function submit(ticket: Ticket, value: bigint) {
    const signature = await holder.signTypedData({
      domain: { name: "Mock", version: "1", chainId: 31337, verifyingContract: token.address },
      types: TYPES,
      primaryType: "ReceiveWithAuthorization",
      message: {
        ...{ from: holder.address, to: world.pass.address, value },
        ...{ validAfter: 0n, validBefore: ticket.deadline },
        nonce: await world.pass.read.hashSaleTicket([ticket]),
      },
    });
    const [r, s] = [signature.slice(0, 66) as Hex, `0x${signature.slice(66, 130)}` as Hex];
    const v = Number.parseInt(signature.slice(130), 16);
    const when = { validAfter: 0n, validBefore: ticket.deadline };
    return world.pass.write.buyWithAuthorization([ticket, "0x", { from: holder.address, ...when, v, r, s }]);
  }

  it("pays for as many as were ordered, exactly", async () => {
    const ticket = await ticketFor(world, world.ann.account.address, 3);
    await assert.rejects(submit(ticket, PRICE));
    await submit(ticket, 3n * PRICE);
    assert.equal(await token.read.balanceOf([world.pass.address]), 3n * PRICE);
    assert.equal(await token.read.balanceOf([holder.address]), 2n * PRICE);
    assert.equal((await world.pass.read.booksOf([SERIES])).escrow, 3n * PRICE);
    const further = await ticketFor(world, world.bob.account.address, 1, 100n);
    await submit(further, PRICE);
    assert.equal((await world.pass.read.booksOf([SERIES])).escrow, 4n * PRICE);
  });

  it("in a currency that takes a fee is refused", async () => {
    await token.write.setManner([1]);
    const ticket = await ticketFor(world, world.ann.account.address);
    assert.deepEqual(await refusalOf(submit(ticket, PRICE)), {
      name: "InexactPayment",
      args: [getAddress(token.address), PRICE, PRICE - PRICE / 100n],
    });
  });

  it("asks its receiver, of one pass and of several", async () => {
    const { takes, refuses } = await receivers();
    for (const quantity of [1, 2]) {
      const ticket = await ticketFor(world, refuses.address, quantity);
      await assert.rejects(submit(ticket, BigInt(quantity) * PRICE));
    }
    await submit(await ticketFor(world, takes.address), PRICE);
    assert.deepEqual([await takes.read.lastId(), await takes.read.lastValue()], [passId(1), 1n]);
  });
});
