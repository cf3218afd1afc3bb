import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { getAddress } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";

import {
  DAY,
  deploy,
  passId,
  PRICE,
  SERIES,
  type Terms,
  termsFrom,
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

const buy = (quantity: number, value: bigint) =>
  world.pass.write.buy([SERIES, quantity, world.ann.account.address], {
    account: world.ann.account,
    value,
  });

describe("A sale in ERC-20", () => {
  let token: Awaited<ReturnType<typeof deployToken>>;
  const deployToken = () => world.viem.deployContract("MockToken");

  beforeEach(async () => {
    token = await deployToken();
    await world.pass.write.setCurrency([token.address, true]);
    await world.pass.write.createSeries([SERIES, { ...terms, currency: token.address }]);
    await token.write.mint([world.ann.account.address, 10n * PRICE]);
    await token.write.approve([world.pass.address, 10n * PRICE], { account: world.ann.account });
  });

  it("takes exactly the price and pays exactly the refund", async () => {
    await buy(2, 0n);
    assert.equal(await token.read.balanceOf([world.pass.address]), 2n * PRICE);

    const args = [passId(1), world.bob.account.address] as const;
    await world.pass.write.refund(args, { account: world.ann.account });
    assert.equal(await token.read.balanceOf([world.bob.account.address]), PRICE);
    assert.equal((await world.pass.read.booksOf([SERIES])).escrow, PRICE);
  });

  it("takes no ETH", async () => {
    assert.deepEqual(await refusalOf(buy(1, 1n)), { name: "WrongPayment", args: [0n, 1n] });
  });

  it("lives with a token that returns nothing", async () => {
    await token.write.setManner([2]);
    await buy(1, 0n);
    await world.pass.write.refund([passId(1), world.ann.account.address], {
      account: world.ann.account,
    });
    assert.equal(await token.read.balanceOf([world.ann.account.address]), 10n * PRICE);
  });

  it("refuses a token that takes a fee, on the way in and on the way out", async () => {
    await token.write.setManner([1]);
    assert.deepEqual(await refusalOf(buy(1, 0n)), {
      name: "InexactPayment",
      args: [getAddress(token.address), PRICE, PRICE - PRICE / 100n],
    });
  });

  it("refuses a token that says false", async () => {
    await token.write.setManner([3]);
    assert.deepEqual(await refusalOf(buy(1, 0n)), {
      name: "SafeERC20FailedOperation",
      args: [getAddress(token.address)],
    });
  });

  it("pays a holder whom the token blocks at another address", async () => {
    await buy(1, 0n);
    await token.write.setBlocked([world.ann.account.address, true]);
    const refund = (to: `0x${string}`) =>
      world.pass.write.refund([passId(1), to], { account: world.ann.account });
    await assert.rejects(refund(world.ann.account.address));
    await refund(world.bob.account.address);
    assert.equal(await token.read.balanceOf([world.bob.account.address]), PRICE);
  });

  it("refuses an authorization where ETH is asked for", async () => {
    await world.pass.write.createSeries([8n, terms]);
    const ticket = { ...(await ticketFor(world, world.ann.account.address)), series: 8n };
    const empty = `0x${"00".repeat(32)}` as const;
    const nobody = { from: ticket.buyer, validAfter: 0n, validBefore: 0n, v: 0, r: empty, s: empty };
    const call = world.pass.write.buyWithAuthorization([ticket, "0x", nobody]);
    assert.deepEqual(await refusalOf(call), { name: "AuthorizationNeedsToken", args: [8n] });
  });

  it("refuses a sale that would not fit into the books", async () => {
    const price = 2n ** 96n - 1n;
    await world.pass.write.createSeries([8n, { ...terms, price, currency: token.address }]);
    const call = world.pass.write.buy([8n, 2, world.ann.account.address]);
    assert.deepEqual(await refusalOf(call), { name: "EscrowTooLarge", args: [8n, 2n * price] });
  });

  it("keeps selling what exists when a currency is struck from the list", async () => {
    await world.pass.write.setCurrency([token.address, false]);
    await buy(1, 0n);
    const again = world.pass.write.createSeries([8n, { ...terms, currency: token.address }]);
    assert.deepEqual(await refusalOf(again), {
      name: "CurrencyNotAllowed",
      args: [getAddress(token.address)],
    });
  });

  it("is paid by an authorization bound to this order alone", async () => {
    const ticket = await ticketFor(world, world.ann.account.address);
    const holder = privateKeyToAccount(generatePrivateKey());
    await token.write.mint([holder.address, PRICE]);
    const signature = await holder.signTypedData({
      domain: { name: "Mock", version: "1", chainId: 31337, verifyingContract: token.address },
      types: TYPES,
      primaryType: "ReceiveWithAuthorization",
      message: {
        from: holder.address,
        to: world.pass.address,
        value: PRICE,
        validAfter: 0n,
        validBefore: ticket.deadline,
        nonce: await world.pass.read.hashSaleTicket([ticket]),
      },
    });
    const payment = {
      from: holder.address,
      validAfter: 0n,
      validBefore: ticket.deadline,
      v: Number.parseInt(signature.slice(130), 16),
      r: signature.slice(0, 66) as `0x${string}`,
      s: `0x${signature.slice(66, 130)}` as `0x${string}`,
    };
    const submit = (order: typeof ticket) =>
      world.pass.write.buyWithAuthorization([order, "0x", payment], { account: world.eve.account });

    await assert.rejects(submit({ ...ticket, buyer: world.eve.account.address }));
    await submit(ticket);
    assert.equal(await world.pass.read.balanceOf([ticket.buyer, passId(1)]), 1n);
    await assert.rejects(submit(ticket));
  });
});

describe("A pause", () => {
  beforeEach(() => world.pass.write.createSeries([SERIES, terms]));

  it("stops the sale, neither transfer nor refund, and ends by itself", async () => {
    await buy(2, 2n * PRICE);
    await world.pass.write.pause([7n * DAY]);
    const until = (await world.now()) + 7n * DAY;
    assert.deepEqual(await refusalOf(buy(1, PRICE)), { name: "Paused", args: [until] });
    const [ann, bob] = [world.ann.account.address, world.bob.account.address];
    const account = world.ann.account;
    await world.pass.write.safeTransferFrom([ann, bob, passId(1), 1n, "0x"], { account });
    await world.pass.write.refund([passId(2), ann], { account });
    await world.nextAt(until);
    await buy(1, PRICE);
  });

  it("lasts 7 days at most and is not repeated for 30", async () => {
    assert.deepEqual(await refusalOf(world.pass.write.pause([7n * DAY + 1n])), {
      name: "PauseTooLong",
      args: [7n * DAY + 1n],
    });
    await world.pass.write.pause([DAY]);
    const allowedFrom = (await world.now()) + 31n * DAY;
    await world.pass.write.unpause();
    assert.deepEqual(await refusalOf(world.pass.write.pause([DAY])), {
      name: "PauseTooSoon",
      args: [allowedFrom],
    });
    assert.deepEqual(await refusalOf(world.pass.write.unpause()), { name: "NotPaused", args: [] });
    await buy(1, PRICE);
    await world.nextAt(allowedFrom);
    await world.pass.write.pause([DAY]);
  });
});
