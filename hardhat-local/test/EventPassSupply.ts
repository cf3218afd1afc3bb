/** ERC-165 by literal identifiers, ERC-5615 by its sentences. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { type Hex, toFunctionSelector } from "viem";

import {
  badgeId,
  deploy,
  external,
  passId,
  PRICE,
  SERIES,
  type Terms,
  termsFrom,
  type World,
} from "../eventPass.js";

const EXTERNAL = 2n;
let world: World;
let terms: Terms;
let ann: Hex;

beforeEach(async () => {
  world = await deploy();
  terms = termsFrom(await world.now());
  ann = world.ann.account.address;
  await world.pass.write.createSeries([SERIES, terms]);
  await world.pass.write.createSeries([EXTERNAL, external(terms)]);
  await world.pass.write.buy([SERIES, 2, ann], { value: 2n * PRICE });
});

const exists = (id: bigint) => world.pass.read.exists([id]);
const supply = (id: bigint) => world.pass.read.totalSupply([id]);

describe("ERC-165", () => {
  const declared = {
    "ERC-165": "0x01ffc9a7",
    "ERC-1155": "0xd9b67a26",
    "ERC-1155 metadata": "0x0e89341c",
    "ERC-5615": "0xf2d03e40",
  } as const;
  for (const [standard, id] of Object.entries(declared)) {
    it(`declares ${standard} as ${id}`, async () => {
      assert.equal(await world.pass.read.supportsInterface([id]), true);
    });
  }

  const others = {
    "what the standard forbids": "0xffffffff",
    "ERC-721": "0x80ac58cd",
    "ERC-2981": "0x2a55205a",
    "ERC-1155 receivers": "0x4e2312e0",
  } as const;
  for (const [standard, id] of Object.entries(others)) {
    it(`does not declare ${standard}, ${id}`, async () => {
      assert.equal(await world.pass.read.supportsInterface([id]), false);
    });
  }

  it("has the identifier of ERC-5615 from its two functions", () => {
    const exists = BigInt(toFunctionSelector("exists(uint256)"));
    assert.equal(exists ^ BigInt(toFunctionSelector("totalSupply(uint256)")), 0xf2d03e40n);
  });
});

describe("ERC-5615: exists says whether an id exists, existed or may exist", () => {
  it("for a pass that lives, and one that was given up", async () => {
    assert.equal(await exists(passId(1)), true);
    await world.pass.write.refund([passId(1), ann], { account: world.ann.account });
    assert.equal(await exists(passId(1)), true);
  });

  it("for passes that may still be sold, up to the cap, while the sale is open", async () => {
    assert.deepEqual(await Promise.all([3, 50, 51].map((n) => exists(passId(n)))), [true, true, false]);
    await world.goTo(BigInt(terms.saleClosesAt) - 1n);
    assert.equal(await exists(passId(3)), true);
    await world.goTo(BigInt(terms.saleClosesAt));
    assert.deepEqual(await Promise.all([1, 2, 3].map((n) => exists(passId(n)))), [true, true, false]);
  });

  it("for passes that may still be claimed, up to the cap, at any time", async () => {
    await world.goTo(BigInt(terms.saleClosesAt) + 1n);
    const found = await Promise.all([1, 50, 51].map((n) => exists(passId(n, EXTERNAL))));
    assert.deepEqual(found, [true, true, false]);
  });

  it("for badges, and for nothing that is no token id or of no Series", async () => {
    assert.equal(await exists(badgeId(7n)), true);
    for (const id of [0n, 1n, badgeId(7n) + 1n, passId(1) + (1n << 97n), passId(1, 9n)]) {
      assert.equal(await exists(id), false);
    }
  });
});

describe("ERC-5615: totalSupply counts the tokens of an id", () => {
  it("is 1 for a pass that lives, 0 before it and after", async () => {
    assert.deepEqual([await supply(passId(2)), await supply(passId(3))], [1n, 0n]);
    await world.pass.write.refund([passId(2), ann], { account: world.ann.account });
    assert.equal(await supply(passId(2)), 0n);
  });

  it("counts badges, and says 0 for what does not exist", async () => {
    await world.pass.write.awardBadge([7n, ann, 3n]);
    await world.pass.write.renounceBadge([7n, 1n], { account: world.ann.account });
    assert.equal(await supply(badgeId(7n)), 2n);
    for (const id of [0n, 1n, badgeId(8n), passId(1, 9n)]) assert.equal(await supply(id), 0n);
  });
});
