import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { getAddress, zeroAddress } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";

import {
  DAY,
  deploy,
  external,
  passId,
  PRICE,
  SERIES,
  sign,
  signer,
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

const buy = (quantity: number, value: bigint, series = SERIES) =>
  world.pass.write.buy([series, quantity, world.ann.account.address], {
    account: world.ann.account,
    value,
  });

describe("A sale in ETH", () => {
  beforeEach(() => world.pass.write.createSeries([SERIES, terms]));

  it("numbers passes from 1 and keeps the money in the escrow", async () => {
    await buy(1, PRICE);
    await buy(2, 2n * PRICE);

    const ann = world.ann.account.address;
    for (const serial of [1, 2, 3]) {
      assert.equal(await world.pass.read.balanceOf([ann, passId(serial)]), 1n);
    }
    const books = await world.pass.read.booksOf([SERIES]);
    assert.deepEqual(
      [books.minted, books.live, books.escrow, books.withdrawable],
      [3, 3, 3n * PRICE, 0n],
    );
    assert.equal(await world.chain.getBalance({ address: world.pass.address }), 3n * PRICE);
  });

  it("ends cooling-off at the next doors at the latest", async () => {
    await world.goTo(BigInt(terms.portions[0]!.doorsAt) - 100n);
    await buy(1, PRICE);

    const { coolingEndsAt } = await world.pass.read.passOf([passId(1)]);
    assert.equal(coolingEndsAt, terms.portions[0]!.doorsAt);
  });

  it("refuses any other amount", async () => {
    assert.deepEqual(await refusalOf(buy(2, PRICE)), {
      name: "WrongPayment",
      args: [2n * PRICE, PRICE],
    });
  });

  it("refuses nothing, nobody, and more than the cap", async () => {
    assert.deepEqual(await refusalOf(buy(0, 0n)), { name: "ZeroQuantity", args: [SERIES] });
    assert.deepEqual(await refusalOf(buy(51, 51n * PRICE)), {
      name: "SoldOut",
      args: [SERIES, 51n, 50n],
    });
    const toNobody = world.pass.write.buy([SERIES, 1, zeroAddress], { value: PRICE });
    assert.deepEqual(await refusalOf(toNobody), {
      name: "ERC1155InvalidReceiver",
      args: [zeroAddress],
    });
  });

  it("sells every pass of the cap and not one more", async () => {
    await buy(50, 50n * PRICE);
    assert.deepEqual(await refusalOf(buy(1, PRICE)), {
      name: "SoldOut",
      args: [SERIES, 1n, 0n],
    });
  });

  it("closes at the published second", async () => {
    const closes = BigInt(terms.saleClosesAt);
    await world.nextAt(closes - 1n);
    await buy(1, PRICE);
    await world.nextAt(closes);
    assert.deepEqual(await refusalOf(buy(1, PRICE)), {
      name: "SaleClosed",
      args: [SERIES, closes, closes],
    });
  });

  it("refuses a Series that nobody opened, and an external one", async () => {
    assert.deepEqual(await refusalOf(buy(1, PRICE, 5n)), { name: "UnknownSeries", args: [5n] });
    await world.pass.write.createSeries([6n, external(terms)]);
    assert.deepEqual(await refusalOf(buy(1, 0n, 6n)), { name: "NotEscrow", args: [6n] });
  });

  it("takes no ticket that it does not need", async () => {
    const ticket = await ticketFor(world, world.ann.account.address);
    const call = world.pass.write.buyWithTicket([ticket, await sign(world, "SaleTicket", ticket)], {
      value: PRICE,
    });
    assert.deepEqual(await refusalOf(call), { name: "TicketNotRequired", args: [SERIES] });
  });
});

describe("A sale by ticket", () => {
  beforeEach(() => world.pass.write.createSeries([SERIES, { ...terms, ticketed: true }]));

  const redeem = async (ticket: object, signature?: `0x${string}`) =>
    world.pass.write.buyWithTicket(
      [ticket as never, signature ?? (await sign(world, "SaleTicket", ticket))],
      { value: PRICE, account: world.bob.account },
    );

  it("sells to the buyer that the ticket names, once, whoever pays", async () => {
    const ticket = await ticketFor(world, world.ann.account.address);
    await redeem(ticket);

    const ann = world.ann.account.address;
    assert.equal(await world.pass.read.balanceOf([ann, passId(1)]), 1n);
    assert.equal(await world.pass.read.isTicketSpent([99n]), true);
    assert.deepEqual(await refusalOf(redeem(ticket)), { name: "TicketUsed", args: [99n] });
  });

  it("refuses to sell without one", async () => {
    assert.deepEqual(await refusalOf(buy(1, PRICE)), { name: "TicketRequired", args: [SERIES] });
  });

  it("refuses an expired ticket and one that lives too long", async () => {
    const ticket = await ticketFor(world, world.ann.account.address);
    await world.nextAt(ticket.deadline);
    assert.deepEqual(await refusalOf(redeem(ticket)), {
      name: "TicketExpired",
      args: [ticket.deadline, ticket.deadline],
    });
    const now = (await world.now()) + 10n;
    await world.nextAt(now);
    assert.deepEqual(await refusalOf(redeem({ ...ticket, deadline: now + 901n })), {
      name: "TicketTooLong",
      args: [now + 901n, now + 900n],
    });
  });

  it("refuses a ticket that was changed, or signed by a stranger", async () => {
    const ticket = await ticketFor(world, world.ann.account.address);
    const stranger = privateKeyToAccount(generatePrivateKey());
    const forged = await sign(world, "SaleTicket", ticket, stranger);
    assert.deepEqual(await refusalOf(redeem(ticket, forged)), {
      name: "SignerUnknown",
      args: [stranger.address],
    });
    const changed = { ...ticket, buyer: world.eve.account.address };
    const refusal = await refusalOf(redeem(changed, await sign(world, "SaleTicket", ticket)));
    assert.equal(refusal.name, "SignerUnknown");
  });

  it("counts tickets against the signer's cap, window after window", async () => {
    await world.pass.write.setSigner([signer.address, 1, 100]);
    const first = await ticketFor(world, world.ann.account.address, 1, 1n);
    await redeem(first);
    const windowEnds = (await world.now()) + 100n;
    const second = { ...first, nonce: 2n };
    assert.deepEqual(await refusalOf(redeem(second)), {
      name: "SignerCapReached",
      args: [signer.address, 1n, 0n, windowEnds],
    });
    assert.deepEqual(await world.pass.read.signerOf([signer.address]), [1, 100, 0n]);
    await world.nextAt(windowEnds);
    await redeem(second);
  });
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
