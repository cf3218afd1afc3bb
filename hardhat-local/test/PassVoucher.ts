import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { network } from "hardhat";
import { type Address, hashTypedData, type Hex, parseSignature, serializeSignature } from "viem";
import { privateKeyToAccount, sign } from "viem/accounts";

import { readVectors, refusalOf } from "../vectors.js";

type Message = {
  passId: string;
  holder: Address;
  epoch: string;
  issuedAt: string;
  expiresAt: string;
  termsHash: Hex;
};
type Vectors = {
  private_key: string;
  issuer: Address;
  organizer: string;
  salt: string;
  domain_separator: string;
  type_hash: string;
  cases: { name: string; message: Message; digest: string; signature: string }[];
  checks: { name: string; verdict: string; text: string }[];
};
type VoucherFile = {
  organizer: string;
  issuer: Address;
  typedData: { message: Message };
  signature: Hex;
};

const VOUCHER_TYPE = [
  { name: "passId", type: "uint256" },
  { name: "holder", type: "address" },
  { name: "epoch", type: "uint64" },
  { name: "issuedAt", type: "uint64" },
  { name: "expiresAt", type: "uint64" },
  { name: "termsHash", type: "bytes32" },
] as const;
const MAX_UINT64 = 2n ** 64n - 1n;

const vectors = readVectors<Vectors>("vouchers");
const issuerKey: Hex = `0x${vectors.private_key}`;
const { viem } = await network.create();
const harness = await viem.deployContract("PassVoucherHarness");

describe("PassVoucher", () => {
  const organizer = idBytes(vectors.organizer);

  it("declares the published types", async () => {
    assert.equal(await harness.read.VOUCHER_TYPEHASH(), `0x${vectors.type_hash}`);
  });

  it("derives the published domain from the organizer's id", async () => {
    assert.equal(await harness.read.salt([organizer]), `0x${vectors.salt}`);
    assert.equal(
      await harness.read.domainSeparator([organizer]),
      `0x${vectors.domain_separator}`,
    );
  });

  it("names the issuer whose key the vectors give away", () => {
    assert.equal(privateKeyToAccount(issuerKey).address, vectors.issuer);
  });

  for (const vector of vectors.cases) {
    const voucher = struct(vector.message);
    const digest: Hex = `0x${vector.digest}`;
    const signature: Hex = `0x${vector.signature}`;

    describe(vector.name, () => {
      it("has the same digest in Solidity and in a wallet", async () => {
        assert.equal(await harness.read.hashVoucher([voucher, organizer]), digest);
        assert.equal(walletDigest(vector.message), digest);
      });

      it("was signed by the issuer, for OpenZeppelin and for the bare precompile", async () => {
        const { r, s, v } = parseSignature(signature);
        const raw = await harness.read.recoverRaw([digest, Number(v), r, s]);

        assert.equal(raw, vectors.issuer);
        assert.equal(
          await harness.read.recover([voucher, organizer, signature]),
          vectors.issuer,
        );
      });

      it("is signed with the same bytes by a wallet", async () => {
        assert.equal(
          serializeSignature(await sign({ hash: digest, privateKey: issuerKey })),
          signature,
        );
      });
    });
  }
});

describe("Voucher files on chain", () => {
  const signed = new Set(
    vectors.cases.map(({ digest, signature }) => `0x${digest}:0x${signature}`),
  );

  for (const { name, verdict, text } of vectors.checks) {
    const file = readFile(text);
    if (file === null) {
      it(`never meets "${name}"`, () => assert.equal(verdict, "malformed"));
      continue;
    }

    // Solidity sees bytes: it knows neither the hour nor the file's form. What it must tell apart
    // is whether the issuer signed exactly this message in exactly these bytes.
    it(`${verdict === "malformed" ? "is not misled by" : `finds ${verdict}:`} "${name}"`, async () => {
      const voucher = struct(file.typedData.message);
      const organizer = idBytes(file.organizer);
      const digest = await harness.read.hashVoucher([voucher, organizer]);
      const issued = signed.has(`${digest}:${file.signature}`);
      const signer = await signerOf(voucher, organizer, file.signature);

      assert.equal(signer === vectors.issuer, issued);
      if (verdict !== "malformed") {
        const sound = issued && file.issuer === vectors.issuer;
        assert.equal(sound, verdict !== "bad-signature");
      }
    });
  }

  it("refuses signatures with the errors of OpenZeppelin", async () => {
    const reasons = await Promise.all(
      ["short signature", "long signature", "malleated s", "v of zero", "v of 29"].map(refuse),
    );

    assert.deepEqual(reasons, [
      "ECDSAInvalidSignatureLength",
      "ECDSAInvalidSignatureLength",
      "ECDSAInvalidSignatureS",
      "ECDSAInvalidSignature",
      "ECDSAInvalidSignature",
    ]);
  });
});

type Voucher = ReturnType<typeof struct>;

/** Returns a voucher file, or null if it holds nothing that a caller could encode for a chain. */
function readFile(text: string): VoucherFile | null {
  try {
    const file = JSON.parse(text) as VoucherFile;
    const { epoch, issuedAt, expiresAt } = struct(file.typedData.message);
    const fits = [epoch, issuedAt, expiresAt].every((value) => value >= 0n && value <= MAX_UINT64);
    return fits && file.signature.startsWith("0x") ? file : null;
  } catch {
    return null;
  }
}

/** Returns a message as the contract takes it. */
function struct(message: Message) {
  return {
    passId: BigInt(message.passId),
    holder: message.holder,
    epoch: BigInt(message.epoch),
    issuedAt: BigInt(message.issuedAt),
    expiresAt: BigInt(message.expiresAt),
    termsHash: message.termsHash,
  };
}

/** Returns the digest that a wallet computes for `eth_signTypedData_v4`. */
function walletDigest(message: Message): Hex {
  return hashTypedData({
    domain: { name: "EventPass Voucher", version: "1", salt: `0x${vectors.salt}` },
    types: { PassVoucher: VOUCHER_TYPE },
    primaryType: "PassVoucher",
    message: struct(message),
  });
}

/** Returns who signed on chain, or null where the contract refuses the signature. */
async function signerOf(voucher: Voucher, organizer: Hex, signature: Hex): Promise<string | null> {
  const call = harness.read.recover([voucher, organizer, signature]);
  try {
    return await call;
  } catch {
    assert.match(String((await refusalOf(call)).name), /^ECDSAInvalidSignature/);
    return null;
  }
}

/** Returns the name of the error that refuses the signature of a file among the checks. */
async function refuse(name: string): Promise<string | undefined> {
  const file = readFile(vectors.checks.find((check) => check.name === name)!.text)!;
  const voucher = struct(file.typedData.message);
  const call = harness.read.recover([voucher, idBytes(file.organizer), file.signature]);
  return (await refusalOf(call)).name;
}

/** Returns the 16 bytes of an organizer's id. */
function idBytes(uuid: string): Hex {
  return `0x${uuid.replaceAll("-", "").toLowerCase()}`;
}
