/** What the tests by behaviour do not come by: with these, each condition has had both outcomes. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { getContractAddress, type Hex, toHex, zeroAddress } from "viem";

import {
  badgeId,
  deploy,
  external,
  HOUR,
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
let ann: Hex;

beforeEach(async () => {
  world = await deploy();
  terms = termsFrom(await world.now());
  ann = world.ann.account.address;
});

const create = (change: object = {}, series = SERIES) =>
  world.pass.write.createSeries([series, { ...terms, ...change }]);

/** Makes the clone believe that it has opened `count` Series. */
async function countSeries(count: number) {
  const at = (slot: number) => ({ address: world.pass.address, slot: toHex(slot) });
  for (let slot = 0; slot < 20; ++slot) {
    const word = BigInt((await world.chain.getStorageAt(at(slot))) ?? 0);
    if (word >> 80n !== 1n) continue; // settings: nothing but the count of one Series
    const value = toHex(BigInt(count) << 80n, { size: 32 });
    await world.clock.setStorageAt({ address: world.pass.address, index: slot, value });
    await world.clock.setNonce({ address: world.pass.address, nonce: count + 1 });
    return;
  }
  assert.fail("no slot counts Series");
}

describe("Rules that are code", () => {
  for (const nonce of [0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, 0x7fffff]) {
    it(`are found again at nonce 0x${nonce.toString(16)}`, async () => {
      await create({}, 1n);
      await countSeries(nonce - 1);
      await create({ cap: 77 });

      assert.equal((await world.pass.read.termsOf([SERIES])).cap, 77);
      const [created] = await world.pass.getEvents.SeriesCreated({ series: SERIES });
      const document = getContractAddress({ from: world.pass.address, nonce: BigInt(nonce) });
      assert.equal(created?.args.document, document);
    });
  }

  it("end with 2^23 - 1 Series", async () => {
    await create({}, 1n);
    await countSeries(0x7fffff);
    assert.deepEqual(await refusalOf(create()), { name: "TooManySeries", args: [0x7fffffn] });
  });
});

describe("An external Series", () => {
  const refused = { name: "ExternalSeriesHasPrice", args: [SERIES] };

  it("sells nothing here: no price, no tickets, no currency", async () => {
    const coin = (await world.viem.deployContract("MockToken")).address;
    await world.pass.write.setCurrency([coin, true]);
    for (const change of [{ price: 1n }, { ticketed: true }, { currency: coin }]) {
      assert.deepEqual(await refusalOf(create({ ...external(terms), ...change })), refused);
    }
  });
});

describe("Terms of a pass that is personal", () => {
  it("name no window of transfer", async () => {
    const personal = { allowed: false, opensAt: 0, closesAt: 0, maxCount: 0, frozenMinutes: 0 };
    for (const name of ["opensAt", "closesAt", "maxCount", "frozenMinutes"]) {
      const call = create({ transfer: { ...personal, [name]: 1 } });
      assert.equal((await refusalOf(call)).name, "TransferTermsInvalid");
    }
    await create({ transfer: personal });
  });
});

describe("The zero address", () => {
  it("holds nothing, not even what was given up", async () => {
    await create();
    await world.pass.write.buy([SERIES, 1, ann], { value: PRICE });
    await world.pass.write.refund([passId(1), ann], { account: world.ann.account });
    assert.equal(await world.pass.read.balanceOf([zeroAddress, passId(1)]), 0n);
    assert.equal(await world.pass.read.balanceOf([zeroAddress, passId(2)]), 0n);
  });

  it("gives nothing, and owns no contract", async () => {
    const call = world.pass.write.safeTransferFrom([zeroAddress, ann, passId(1), 1n, "0x"]);
    assert.equal((await refusalOf(call)).name, "ERC1155MissingApprovalForAll");
    const made = world.factory.write.create([`0x${"01".repeat(16)}`, zeroAddress, "Ada", "ADA"]);
    assert.equal((await refusalOf(made)).name, "OrganizerInvalid");
  });

  it("as the next owner takes an offer back", async () => {
    await world.pass.write.transferOwnership([ann]);
    await world.pass.write.transferOwnership([zeroAddress]);
    const call = world.pass.write.acceptOwnership({ account: world.ann.account });
    assert.equal((await refusalOf(call)).name, "NotPendingOwner");
  });
});

describe("A contract that answers nothing", () => {
  it("gets no pass", async () => {
    await create();
    const silent = await world.store.read.stored(); // its code is STOP
    const call = world.pass.write.buy([SERIES, 1, silent], { value: PRICE });
    assert.deepEqual(await refusalOf(call), { name: "ERC1155InvalidReceiver", args: [silent] });
  });
});

describe("A hot signer", () => {
  it("has its whole cap before the first window and after each", async () => {
    const left = async () => (await world.pass.read.signerOf([signer.address]))[2];
    await create({ ticketed: true });
    assert.equal(await left(), 100n);
    const ticket = await ticketFor(world, ann, 2);
    const signature = await sign(world, "SaleTicket", ticket);
    await world.pass.write.buyWithTicket([ticket, signature], { value: 2n * PRICE });
    assert.equal(await left(), 98n);
    const [, window] = await world.pass.read.signerOf([signer.address]);
    assert.equal(BigInt(window), HOUR);
    const opened = await world.now();
    await world.goTo(opened + HOUR - 1n);
    assert.equal(await left(), 98n);
    await world.goTo(opened + HOUR);
    assert.equal(await left(), 100n);
  });
});

describe("Nothing", () => {
  it("is no pause, and no badge to give up", async () => {
    const pause = world.pass.write.pause([0n]);
    assert.deepEqual(await refusalOf(pause), { name: "PauseTooLong", args: [0n] });
    const call = world.pass.write.renounceBadge([7n, 0n]);
    assert.deepEqual(await refusalOf(call), { name: "ZeroQuantity", args: [badgeId(7n)] });
  });
});
