import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { network } from "hardhat";
import {
  concatHex,
  encodeFunctionData,
  IntegerOutOfRangeError,
  numberToHex,
  RawContractError,
  toFunctionSelector,
  BaseError,
} from "viem";

import { readVectors, refusalOf } from "../vectors.js";

type Vectors = {
  passes: { series: string; serial: string; pass_id: string; metadata_hex: string }[];
  badges: { badge: string; token_id: string; metadata_hex: string }[];
  hostile_texts: { name: string; text: string }[];
  hostile_pairs: { series: string; serial: string }[];
};

const PLAIN_DECIMAL = /^(0|[1-9][0-9]*)$/;
const MAX_UINT64 = 2n ** 64n - 1n;
const MAX_UINT32 = 2n ** 32n - 1n;
const MAX_UINT256 = 2n ** 256n - 1n;

const vectors = readVectors<Vectors>("pass_ids");
const { viem } = await network.create();
const passIds = await viem.deployContract("PassIdsHarness");
const chain = await viem.getPublicClient();

describe("PassIds", () => {
  for (const vector of vectors.passes) {
    const series = BigInt(vector.series);
    const serial = Number(vector.serial);
    const id = BigInt(vector.pass_id);

    it(`composes and splits pass ${series}/${serial}`, async () => {
      assert.equal(await passIds.read.compose([series, serial]), id);
      assert.deepEqual(await passIds.read.split([id]), [series, serial]);
      assert.equal(await passIds.read.isPass([id]), true);
      assert.equal(await passIds.read.isBadge([id]), false);
      assert.equal(numberToHex(id, { size: 32 }), `0x${vector.metadata_hex}`);
    });
  }

  for (const vector of vectors.badges) {
    const badge = BigInt(vector.badge);
    const id = BigInt(vector.token_id);

    it(`knows badge ${badge}, which is no pass`, async () => {
      assert.equal(await passIds.read.badgeId([badge]), id);
      assert.equal(await passIds.read.isBadge([id]), true);
      assert.equal(await passIds.read.isPass([id]), false);
      assert.deepEqual(await refusalOf(passIds.read.split([id])), {
        name: "NotAPassId",
        args: [id],
      });
      assert.equal(numberToHex(id, { size: 32 }), `0x${vector.metadata_hex}`);
    });
  }

  it("refuses badge number zero", async () => {
    assert.deepEqual(await refusalOf(passIds.read.badgeId([0n])), { name: "BadgeZero", args: [] });
  });

  // Solidity reads no text. Of the hostile texts it can meet only those that spell a number, so
  // the others must not spell one; `BigInt` would read some of them (" 1", "0x1") all the same.
  const numbers = vectors.hostile_texts.filter(({ text }) => PLAIN_DECIMAL.test(text));

  it("meets hostile numbers, small and too large", () => {
    assert(numbers.some(({ text }) => BigInt(text) <= MAX_UINT256));
    assert(numbers.some(({ text }) => BigInt(text) > MAX_UINT256));
  });

  for (const { name, text } of numbers) {
    const id = BigInt(text);

    it(`refuses the number called "${name}"`, async () => {
      if (id > MAX_UINT256) {
        assert.throws(
          () => encodeFunctionData({ abi: passIds.abi, functionName: "split", args: [id] }),
          (error) =>
            error instanceof BaseError &&
            error.walk((cause) => cause instanceof IntegerOutOfRangeError) !== null,
        );
        return;
      }
      assert.equal(await passIds.read.isPass([id]), false);
      assert.deepEqual(await refusalOf(passIds.read.split([id])), {
        name: "NotAPassId",
        args: [id],
      });
    });
  }

  for (const pair of vectors.hostile_pairs) {
    const series = BigInt(pair.series);
    const serial = BigInt(pair.serial);

    it(`refuses to compose ${series}/${serial}`, async () => {
      if (series >= 0n && series <= MAX_UINT64 && serial >= 0n && serial <= MAX_UINT32) {
        assert.deepEqual(await refusalOf(passIds.read.compose([series, Number(serial)])), {
          name: "PassPartZero",
          args: [series, Number(serial)],
        });
        return;
      }
      // Whoever hand-writes the call past its types is stopped by the ABI decoder, without a word.
      assert.equal(await revertData(composeCall(series, serial)), "0x");
    });
  }
});

/** Returns the bytes of `compose(series, serial)`, whatever the numbers; negative ones wrap. */
function composeCall(series: bigint, serial: bigint): `0x${string}` {
  const words = [series, serial].map((part) =>
    numberToHex(BigInt.asUintN(256, part), { size: 32 }),
  );
  return concatHex([toFunctionSelector("compose(uint64,uint32)"), ...words]);
}

/** Returns what a call to the harness reverted with; a call that succeeds fails the test. */
async function revertData(data: `0x${string}`): Promise<unknown> {
  const error = await chain.call({ to: passIds.address, data }).then(
    (result) => assert.fail(`expected a revert, got ${String(result.data)}`),
    (reason: unknown) => reason,
  );
  assert(error instanceof BaseError, String(error));
  const raw = error.walk((cause) => "data" in (cause as object)) as RawContractError | null;
  return raw === null ? assert.fail(error.message) : raw.data;
}
