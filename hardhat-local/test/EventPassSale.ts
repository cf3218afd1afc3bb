import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { zeroAddress } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";

import {
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

  it("finds the next doors among Portions that moves have put out of order", async () => {
    const [, second, third] = terms.portions;
    const past = [third!.doorsAt + 1, third!.endsAt + 1, third!.settlesAt + 1] as const;
    await world.pass.write.movePortion([SERIES, 0n, ...past]);
    await world.goTo(BigInt(second!.doorsAt) - 100n);
    await buy(1, PRICE);
    await world.goTo(BigInt(third!.doorsAt) - 100n);
    await buy(1, PRICE);

    const ends = async (serial: number) =>
      (await world.pass.read.passOf([passId(serial)])).coolingEndsAt;
    assert.deepEqual([await ends(1), await ends(2)], [second!.doorsAt, third!.doorsAt]);
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
