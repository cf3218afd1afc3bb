import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { getAddress, type Hex, parseEventLogs, zeroAddress } from "viem";

import { badgeId, deploy, external, ORGANIZER, passId, SERIES, type Terms, termsFrom, type World } from "../eventPass.js";
import { refusalOf } from "../vectors.js";

let world: World;
let terms: Terms;

beforeEach(async () => {
  world = await deploy();
  terms = termsFrom(await world.now());
});

const create = (change: object = {}, series = SERIES) =>
  world.pass.write.createSeries([series, { ...terms, ...change }]);

describe("A new Series", () => {
  it("says what was promised, read back from its code", async () => {
    await create({ ticketed: true });
    assert.deepEqual(await world.pass.read.termsOf([SERIES]), { ...terms, ticketed: true });
    assert.equal((await world.pass.read.portionsOf([SERIES])).length, 3);
    const book = external({ ...terms, saleClosesAt: terms.saleClosesAt });
    await create(book, 4n);
    assert.deepEqual(await world.pass.read.termsOf([4n]), { ...book, saleClosesAt: 0 });
  });

  it("may have 16 Portions and 16 steps", async () => {
    const portions = Array.from({ length: 16 }, () => ({ ...terms.portions[2]!, weightBp: 625 }));
    const steps = Array.from({ length: 16 }, (_, i) => ({
      until: terms.steps[0]!.until + i,
      shareBp: 10_000 - i,
    }));
    await create({ portions, steps });
    const found = await world.pass.read.termsOf([SERIES]);
    assert.deepEqual([found.portions, found.steps], [portions, steps]);
  });

  it("has a number of its own, and an owner to open it", async () => {
    await create();
    assert.deepEqual(await refusalOf(create()), { name: "SeriesTaken", args: [SERIES] });
    assert.deepEqual(await refusalOf(create({}, 0n)), { name: "SeriesZero", args: [] });
    const eve = world.pass.write.createSeries([9n, terms], { account: world.eve.account });
    assert.equal((await refusalOf(eve)).name, "NotOwner");
    const unknown = world.pass.read.termsOf([77n]);
    assert.deepEqual(await refusalOf(unknown), { name: "UnknownSeries", args: [77n] });
  });

  it("keeps its own rules when many are opened", async () => {
    for (let i = 1n; i <= 130n; ++i) await create({ cap: Number(i) }, i); // nonces of one and two bytes
    assert.equal((await world.pass.read.termsOf([127n])).cap, 127);
    assert.equal((await world.pass.read.termsOf([130n])).cap, 130);
  });
});

describe("Terms that contradict themselves", () => {
  const night = () => terms.portions[0]!;
  const only = (change: object) => ({ portions: [{ ...night(), weightBp: 10_000, ...change }] });
  const LAST = 7_258_118_400;
  const cases: [what: string, change: () => object, name: string, args?: unknown[]][] = [
    ["no hash", () => ({ termsHash: `0x${"00".repeat(32)}` }), "TermsHashZero", []],
    ["no cap", () => ({ cap: 0 }), "CapZero", []],
    ["no Portion", () => ({ portions: [] }), "PortionCountInvalid", [0n]],
    ["17 Portions", () => ({ portions: Array(17).fill(night()) }), "PortionCountInvalid", [17n]],
    ["a weightless Portion", () => only({ weightBp: 0 }), "WeightInvalid", [0n, 0n]],
    ["weights that do not sum", () => only({ weightBp: 9_999 }), "WeightsDoNotSum", [9_999n]],
    ["an end before doors", () => only({ endsAt: night().doorsAt }), "PortionTimesInvalid"],
    ["a settlement before the end", () => only({ settlesAt: night().doorsAt }), "PortionTimesInvalid"],
    ["no doors", () => only({ doorsAt: 0 }), "PortionTimesInvalid"],
    ["an instant after 2199", () => only({ settlesAt: LAST }), "InstantInvalid", [BigInt(LAST)]],
    ["Portions out of order", () => ({ portions: [...terms.portions].reverse() }), "PortionsOutOfOrder", [1n]],
    ["17 steps", () => ({ steps: Array(17).fill(terms.steps[0]) }), "StepCountInvalid", [17n]],
    ["an empty step", () => ({ steps: [{ until: 5, shareBp: 0 }] }), "StepShareInvalid", [0n, 0n]],
    ["a step above all", () => ({ steps: [{ until: 5, shareBp: 10_001 }] }), "StepShareInvalid", [0n, 10_001n]],
    ["steps whose share rises", () => ({ steps: [{ until: 5, shareBp: 1 }, { until: 6, shareBp: 2 }] }), "StepsRise", [1n]],
    ["steps of one time", () => ({ steps: [{ until: 5, shareBp: 2 }, { until: 5, shareBp: 1 }] }), "StepsRise", [1n]],
    ["a guarantee above all", () => ({ guaranteeBp: 10_001 }), "GuaranteeInvalid", [10_001n]],
    ["cooling-off of years", () => ({ coolingOffSeconds: 367 * 86_400 }), "DurationInvalid"],
    ["a window of years", () => ({ moveWindowSeconds: 367 * 86_400 }), "DurationInvalid"],
    ["a window without guarantee", () => ({ guaranteeBp: 0 }), "DurationInvalid"],
    ["a sale after the end", () => ({ saleClosesAt: terms.portions[2]!.endsAt + 1 }), "SaleCloseInvalid"],
    ["a sale without an end", () => ({ saleClosesAt: 0 }), "SaleCloseInvalid", [0n]],
    ["a window without transfers", () => ({ transfer: { ...terms.transfer, allowed: false } }), "TransferTermsInvalid", []],
    ["transfers that close first", () => ({ transfer: { ...terms.transfer, opensAt: 9, closesAt: 9 } }), "TransferTermsInvalid", []],
    ["a freeze of months", () => ({ transfer: { ...terms.transfer, frozenMinutes: 43_201 } }), "TransferTermsInvalid", []],
    ["an unlisted currency", () => ({ currency: world.factory.address }), "CurrencyNotAllowed"],
    ["an external Series with a price", () => ({ escrow: false }), "ExternalSeriesHasPrice", [SERIES]],
  ];
  for (const [what, change, name, args] of cases) {
    it(`are refused: ${what}`, async () => {
      const refusal = await refusalOf(create(change()));
      assert.equal(refusal.name, name);
      if (args !== undefined) assert.deepEqual(refusal.args, args);
      assert.equal((await refusalOf(world.pass.read.booksOf([SERIES]))).name, "UnknownSeries");
    });
  }
});

describe("Metadata", () => {
  it("stands at one fixed template, and the last URI event says the same", async () => {
    const template = `https://example.org/o/${ORGANIZER}/tokens/{id}.json`;
    assert.equal(await world.pass.read.uri([passId(1)]), template);
    assert.equal(
      await world.pass.read.contractURI(),
      `https://example.org/o/${ORGANIZER}/contract.json`,
    );
    const hash = await world.pass.write.refreshMetadata([[passId(1), badgeId(2n)]]);
    const { logs } = await world.chain.getTransactionReceipt({ hash });
    const events = parseEventLogs({ abi: world.pass.abi, logs, eventName: "URI" });
    assert.deepEqual(
      events.map(({ args }) => args),
      [passId(1), badgeId(2n)].map((id) => ({ value: template, id })),
    );
    const odd = world.pass.write.refreshMetadata([[5n]]);
    assert.deepEqual(await refusalOf(odd), { name: "NotATokenId", args: [5n] });
    await world.pass.write.refreshContractMetadata();
  });

  it("puts 64 hexadecimal digits where {id} stands", async () => {
    const template = await world.pass.read.uri([passId(1)]);
    const id = passId(1).toString(16).padStart(64, "0");
    assert.equal(id.length, 64);
    assert.ok(template.replace("{id}", id).endsWith(`/tokens/${id}.json`));
  });

  it("names the collection and the organizer", async () => {
    assert.equal(await world.pass.read.name(), "Ada's Kitchen");
    assert.equal(await world.pass.read.symbol(), "ADA");
    assert.equal(await world.pass.read.organizerId(), ORGANIZER);
  });
});

describe("The organizer's account", () => {
  it("is handed over in two steps", async () => {
    const [bob, owner] = [getAddress(world.bob.account.address), getAddress(world.owner.account.address)];
    const accept = () => world.pass.write.acceptOwnership({ account: world.bob.account });
    assert.deepEqual(await refusalOf(accept()), { name: "NotPendingOwner", args: [bob] });
    await world.pass.write.transferOwnership([bob]);
    assert.deepEqual(
      [await world.pass.read.owner(), await world.pass.read.pendingOwner()],
      [owner, bob],
    );
    await accept();
    assert.deepEqual(
      [await world.pass.read.owner(), await world.pass.read.pendingOwner()],
      [bob, zeroAddress],
    );
    assert.deepEqual(await refusalOf(create()), { name: "NotOwner", args: [owner] });
  });

  it("alone may do what is the organizer's", async () => {
    const by = { account: world.eve.account };
    const { write } = world.pass;
    const calls = [
      () => write.closeSale([SERIES, 1], by),
      () => write.cancelPortion([SERIES, 0n], by),
      () => write.cancelSeries([SERIES], by),
      () => write.movePortion([SERIES, 0n, 1, 2, 3], by),
      () => write.setSigner([zeroAddress, 1, 1], by),
      () => write.setCurrency([zeroAddress, true], by),
      () => write.pause([1n], by),
      () => write.unpause(by),
      () => write.refreshMetadata([[]], by),
      () => write.refreshContractMetadata(by),
      () => write.transferOwnership([zeroAddress], by),
    ];
    for (const call of calls) {
      const refusal = await refusalOf(call());
      assert.deepEqual(refusal, { name: "NotOwner", args: [getAddress(by.account.address)] });
    }
  });

  it("sets signers with a cap and a window, or neither", async () => {
    for (const [cap, window] of [[0, 1], [1, 0]] as const) {
      const call = world.pass.write.setSigner([world.eve.account.address, cap, window]);
      assert.equal((await refusalOf(call)).name, "SignerLimitsInvalid");
    }
    const nobody = world.pass.write.setSigner([zeroAddress, 1, 1]);
    assert.equal((await refusalOf(nobody)).name, "SignerLimitsInvalid");
  });
});

describe("The factory", () => {
  const make = (id: Hex, name = "N", symbol = "S", by = world.owner) =>
    world.factory.write.create([id, world.ann.account.address, name, symbol], {
      account: by.account,
    });

  it("makes one contract per organizer and deployer, at different addresses", async () => {
    const refusal = await refusalOf(make(ORGANIZER));
    assert.equal(refusal.name, "EventPassExists");
    assert.equal(refusal.args[2], getAddress(world.pass.address));
    await make(ORGANIZER, "Other", "OTH", world.eve);
    const other = await world.factory.read.eventPassOf([world.eve.account.address, ORGANIZER]);
    assert.notEqual(other, getAddress(world.pass.address));
    assert.equal(await world.factory.read.VERSION(), "1");
  });

  it("needs an id and names that fit", async () => {
    const id: Hex = `0x${"09".repeat(16)}`;
    for (const [name, symbol] of [["", "S"], ["N", ""], ["N".repeat(33), "S"], ["N", "S".repeat(17)]]) {
      assert.equal((await refusalOf(make(id, name, symbol))).name, "OrganizerInvalid");
    }
    assert.equal((await refusalOf(make(`0x${"00".repeat(16)}`))).name, "OrganizerInvalid");
    await make(id, "N".repeat(32), "S".repeat(16));
    const made = await world.factory.read.eventPassOf([world.owner.account.address, id]);
    const pass = await world.viem.getContractAt("IEventPass", made);
    assert.deepEqual([await pass.read.name(), await pass.read.symbol()], ["N".repeat(32), "S".repeat(16)]);
  });

  it("leaves the implementations without an organizer", async () => {
    for (const address of [world.code.address, world.desk.address]) {
      const bare = await world.viem.getContractAt("IEventPass", address);
      assert.equal(await bare.read.owner(), zeroAddress);
      assert.equal((await refusalOf(bare.write.createSeries([1n, terms]))).name, "NotOwner");
    }
  });
});
