import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { getAddress, type Hex, hashTypedData, parseEventLogs, zeroAddress } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";

import {
  type Claim,
  claimFor,
  deploy,
  domainOf,
  external,
  passId,
  SERIES,
  sign,
  signer,
  termsFrom,
  TYPES,
  type World,
} from "../eventPass.js";
import { refusalOf } from "../vectors.js";

let world: World;
let bob: Hex;
let claim: Claim;

beforeEach(async () => {
  world = await deploy();
  bob = getAddress(world.bob.account.address);
  const terms = termsFrom(await world.now());
  await world.pass.write.createSeries([SERIES, external(terms)]);
  await world.pass.write.createSeries([2n, terms]);
  claim = await claimFor(world, bob);
});

const submit = async (message: Claim, signature?: Hex) =>
  world.pass.write.claim([message, signature ?? (await sign(world, "MintClaim", message))], {
    account: world.eve.account,
  });

describe("A claim", () => {
  it("mints exactly the signed id to the signed account, whoever submits it", async () => {
    await submit(claim);
    const pass = await world.pass.read.passOf([passId(7)]);
    assert.deepEqual([pass.holder, pass.transfers, pass.coolingEndsAt], [bob, 1, 0]);
    assert.deepEqual(await world.pass.read.refundOf([passId(7)]), [0, 0n]);
    assert.equal((await world.pass.read.booksOf([SERIES])).minted, 1);
  });

  it("has the digest that a wallet computes", async () => {
    const digest = hashTypedData({
      domain: domainOf(world.pass.address),
      types: TYPES,
      primaryType: "MintClaim",
      message: claim,
    });
    assert.equal(await world.pass.read.hashMintClaim([claim]), digest);
    const domain = await world.pass.read.eip712Domain();
    assert.deepEqual(domain.slice(0, 4), ["0x0f", "EventPass", "1", 31337n]);
    assert.equal(domain[4], getAddress(world.pass.address));
  });

  it("works once ever, even after the pass was given up", async () => {
    await submit(claim);
    assert.deepEqual(await refusalOf(submit(claim)), {
      name: "PassAlreadyMinted",
      args: [passId(7)],
    });
    await world.pass.write.surrender([passId(7)], { account: world.bob.account });
    assert.equal((await refusalOf(submit(claim))).name, "PassAlreadyMinted");
    assert.equal((await world.pass.read.booksOf([SERIES])).live, 0);
  });

  it("is good from notBefore on and no longer at the deadline", async () => {
    const now = (await world.now()) + 100n;
    const later = { ...claim, notBefore: now + 1n, deadline: now + 901n };
    const signature = await sign(world, "MintClaim", later);
    await world.nextAt(now);
    assert.deepEqual(await refusalOf(submit(later, signature)), {
      name: "ClaimTooEarly",
      args: [now + 1n, now],
    });
    await world.nextAt(now + 901n);
    assert.deepEqual(await refusalOf(submit(later, signature)), {
      name: "ClaimExpired",
      args: [now + 901n, now + 901n],
    });
    await world.nextAt(now + 905n);
    const long = { ...claim, notBefore: now, deadline: now + 1_000n };
    assert.deepEqual(await refusalOf(submit(long)), {
      name: "ClaimTooLong",
      args: [now, now + 1_000n],
    });
  });

  it("is refused for an escrow Series, other Terms, a serial above the cap, a badge", async () => {
    const of = (change: object) => refusalOf(submit({ ...claim, ...change }));
    assert.deepEqual(await of({ passId: passId(7, 2n) }), { name: "ClaimOnEscrow", args: [2n] });
    assert.deepEqual(await of({ passId: passId(7, 3n) }), { name: "UnknownSeries", args: [3n] });
    const other: Hex = `0x${"cd".repeat(32)}`;
    assert.deepEqual(await of({ termsHash: other }), {
      name: "ClaimWrongTerms",
      args: [SERIES, BigInt(`0x${"ab".repeat(12)}`), other],
    });
    assert.deepEqual(await of({ passId: passId(51) }), {
      name: "SerialAboveCap",
      args: [SERIES, 51n, 50n],
    });
    assert.deepEqual(await of({ passId: 5n }), { name: "NotAPassId", args: [5n] });
    assert.deepEqual(await of({ to: zeroAddress }), {
      name: "ERC1155InvalidReceiver",
      args: [zeroAddress],
    });
  });

  it("of another chain, another clone, another recipient or another signer is refused", async () => {
    const message = { types: TYPES, primaryType: "MintClaim", message: claim } as const;
    const domains = [domainOf(world.pass.address, 1), domainOf(world.factory.address)];
    for (const domain of domains) {
      const signature = await signer.signTypedData({ domain, ...message });
      assert.equal((await refusalOf(submit(claim, signature))).name, "SignerUnknown");
    }
    const changed = { ...claim, to: getAddress(world.eve.account.address) };
    const refusal = await refusalOf(submit(changed, await sign(world, "MintClaim", claim)));
    assert.equal(refusal.name, "SignerUnknown");
    const stranger = privateKeyToAccount(generatePrivateKey());
    const forged = await sign(world, "MintClaim", claim, stranger);
    assert.deepEqual(await refusalOf(submit(claim, forged)), {
      name: "SignerUnknown",
      args: [stranger.address],
    });
    assert.equal((await refusalOf(submit(claim, "0x12"))).name, "ECDSAInvalidSignatureLength");
  });

  it("stops with a pause and with the end of its signer", async () => {
    await world.pass.write.pause([600n]);
    assert.equal((await refusalOf(submit(claim))).name, "Paused");
    await world.pass.write.unpause();
    await world.pass.write.setSigner([signer.address, 0, 0]);
    assert.equal((await refusalOf(submit(claim))).name, "SignerUnknown");
  });
});

describe("A stolen hot signer", () => {
  it("admits no more than its cap per window", async () => {
    await world.pass.write.setSigner([signer.address, 2, 600]);
    await submit(await claimFor(world, bob, 1));
    const windowEnds = (await world.now()) + 600n;
    await submit(await claimFor(world, bob, 2));
    assert.deepEqual(await refusalOf(submit(await claimFor(world, bob, 3))), {
      name: "SignerCapReached",
      args: [signer.address, 1n, 0n, windowEnds],
    });
  });
});

describe("A batch of claims", () => {
  const batchOf = async (lines: { serial: number; to: Hex }[]) => ({
    series: SERIES,
    termsHash: claim.termsHash,
    notBefore: claim.notBefore,
    deadline: claim.deadline,
    lines: lines.map((line) => ({ ...line, epoch: 1n, transfers: 0 })),
  });
  const submitBatch = async (batch: Awaited<ReturnType<typeof batchOf>>) =>
    world.pass.write.claimBatch([batch, await sign(world, "MintClaimBatch", batch)]);

  it("leaves out and reports who cannot receive, and mints the rest", async () => {
    const receivers = await Promise.all([0, 1, 2, 3].map(() => world.viem.deployContract("MockReceiver")));
    for (const manner of [1, 2, 3]) await receivers[manner]!.write.set([manner, zeroAddress, "0x"]);
    await submit(await claimFor(world, bob, 6));
    const batch = await batchOf([
      { serial: 1, to: bob },
      ...receivers.map(({ address }, i) => ({ serial: i + 2, to: getAddress(address) })),
      { serial: 6, to: bob },
      { serial: 7, to: zeroAddress },
      { serial: 8, to: bob },
    ]);
    const receipt = await world.chain.getTransactionReceipt({ hash: await submitBatch(batch) });
    const events = parseEventLogs({ abi: world.pass.abi, logs: receipt.logs });

    const skipped = events.filter((event) => event.eventName === "ClaimSkipped");
    assert.deepEqual(
      skipped.map((event) => event.args.id),
      [3, 4, 5, 6, 7].map((serial) => passId(serial)),
    );
    assert.equal(events.length - skipped.length, 3);
    assert.equal(await world.pass.read.balanceOf([bob, passId(8)]), 1n);
    assert.equal(await receivers[0]!.read.lastId(), passId(2));
    assert.equal((await world.pass.read.booksOf([SERIES])).minted, 4);
  });

  it("has the digest that a wallet computes, and counts every line", async () => {
    const batch = await batchOf([{ serial: 1, to: bob }, { serial: 2, to: bob }]);
    const domain = domainOf(world.pass.address);
    const digest = hashTypedData({ domain, types: TYPES, primaryType: "MintClaimBatch", message: batch });
    assert.equal(await world.pass.read.hashMintClaimBatch([batch]), digest);
    await submitBatch(batch);
    assert.equal((await world.pass.read.signerOf([signer.address]))[2], 98n);
  });

  it("is refused when empty, out of time, above the cap, or with too little gas", async () => {
    assert.equal((await refusalOf(submitBatch(await batchOf([])))).name, "ZeroQuantity");
    const above = await batchOf([{ serial: 51, to: bob }]);
    assert.equal((await refusalOf(submitBatch(above))).name, "SerialAboveCap");
    const receiver = await world.viem.deployContract("MockReceiver");
    const batch = await batchOf([{ serial: 1, to: receiver.address }]);
    const starved = world.pass.write.claimBatch(
      [batch, await sign(world, "MintClaimBatch", batch)],
      { gas: 250_000n },
    );
    await assert.rejects(starved);
    assert.equal(await world.pass.read.totalSupply([passId(1)]), 0n);
  });

  it("runs its lines by itself alone", async () => {
    const line = await world.viem.getContractAt("EventPass", world.pass.address);
    await assert.rejects(line.write.mintLine([bob, bob, passId(9), 0]), /OnlyItself/);
  });
});

describe("A surrender", () => {
  it("burns a claimed pass of the caller and pays nothing", async () => {
    await submit(claim);
    const surrender = (by: World["bob"]) =>
      world.pass.write.surrender([passId(7)], { account: by.account });
    assert.equal((await refusalOf(surrender(world.eve))).name, "NotHolder");
    const refund = world.pass.write.refund([passId(7), bob], { account: world.bob.account });
    assert.deepEqual(await refusalOf(refund), { name: "NotEscrow", args: [SERIES] });
    await surrender(world.bob);
    assert.equal((await world.pass.read.booksOf([SERIES])).burned, 1);
  });

  it("is not for escrow passes", async () => {
    await world.pass.write.buy([2n, 1, bob], { value: 1_000_000_007n });
    const call = world.pass.write.surrender([passId(1, 2n)], { account: world.bob.account });
    assert.deepEqual(await refusalOf(call), { name: "SurrenderOnEscrow", args: [passId(1, 2n)] });
  });
});
