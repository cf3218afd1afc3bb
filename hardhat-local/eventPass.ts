/** A clone of EventPass on a fresh chain, Terms to open Series with, and what hot signers sign. */
import type { HardhatViemHelpers } from "@nomicfoundation/hardhat-viem/types";
import { network } from "hardhat";
import { type Address, encodeFunctionData, getAbiItem, type Hex, zeroAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";

export const HOUR = 3_600n;
export const DAY = 24n * HOUR;
export const PRICE = 1_000_000_007n; // a prime: shares of it need rounding
export const SERIES = 0x1122334455667788n;
export const ORGANIZER: Hex = "0x0192f3a4b5c67d8e9fa0b1c2d3e4f506";
export const signer = privateKeyToAccount(`0x${"11".repeat(32)}`);

export type Terms = ReturnType<typeof termsFrom>;

/** Deploys what all organizers share; metadata addresses will begin with `baseURI`. */
export async function deployCode(viem: HardhatViemHelpers, baseURI: string) {
  const store = await viem.deployContract("CodeStore", [baseURI]);
  const desk = await viem.deployContract("EventPassDesk", [await store.read.stored()]);
  const code = await viem.deployContract("EventPass", [desk.address]);
  const factory = await viem.deployContract("EventPassFactory", [code.address]);
  return { store, desk, code, factory };
}

/** Returns a chain with one clone of `owner` on it, and everybody who plays a part. */
export async function deploy() {
  const { viem } = await network.create();
  const clock = await viem.getTestClient();
  const { store, desk, code, factory } = await deployCode(viem, "https://example.org/o/");
  const [owner, ann, bob, eve] = await viem.getWalletClients();
  await factory.write.create([ORGANIZER, owner.account.address, "Ada's Kitchen", "ADA"]);
  const address = await factory.read.eventPassOf([owner.account.address, ORGANIZER]);
  const pass = await viem.getContractAt("IEventPass", address);
  const chain = await viem.getPublicClient();
  await pass.write.setSigner([signer.address, 100, 3_600]);
  const now = async () => (await chain.getBlock()).timestamp;
  /** Lets the next transaction happen at exactly `time`. */
  const nextAt = (time: bigint) => clock.setNextBlockTimestamp({ timestamp: time });
  /** Mines a block at `time`. */
  const goTo = async (time: bigint) => {
    await nextAt(time);
    await clock.mine({ blocks: 1 });
  };
  return {
    ...{ viem, clock, chain, owner, ann, bob, eve, factory, code, desk, store, pass },
    ...{ now, goTo, nextAt },
  };
}

export type World = Awaited<ReturnType<typeof deploy>>;

/** Returns Terms of three Portions, the first one's doors 30 days after `start`. */
export function termsFrom(start: bigint) {
  const night = (days: bigint, weightBp: number) => ({
    weightBp,
    doorsAt: Number(start + days * DAY),
    endsAt: Number(start + days * DAY + 4n * HOUR),
    settlesAt: Number(start + (days + 1n) * DAY),
  });
  return {
    termsHash: `0x${"ab".repeat(32)}` as Hex,
    escrow: true,
    ticketed: false,
    currency: zeroAddress as Address,
    price: PRICE,
    cap: 50,
    saleClosesAt: Number(start + 44n * DAY),
    guaranteeBp: 10_000,
    coolingOffSeconds: Number(DAY),
    moveWindowSeconds: Number(7n * DAY),
    transfer: { allowed: true, opensAt: 0, closesAt: 0, maxCount: 3, frozenMinutes: 120 },
    steps: [
      { until: Number(start + 20n * DAY), shareBp: 10_000 },
      { until: Number(start + 29n * DAY), shareBp: 5_000 },
    ],
    portions: [night(30n, 3333), night(37n, 3333), night(44n, 3334)],
  };
}

/** Returns the Terms as those of an external Series: same rules, no money on chain. */
export function external(terms: Terms): Terms {
  return { ...terms, escrow: false, price: 0n, currency: zeroAddress };
}

/** Returns the id of a pass. */
export function passId(serial: number | bigint, series = SERIES): bigint {
  return (1n << 96n) | (series << 32n) | BigInt(serial);
}

/** Returns the id of a badge. */
export function badgeId(badge: bigint): bigint {
  return (2n << 96n) | (badge << 32n);
}

const LINE = [
  { name: "serial", type: "uint32" },
  { name: "to", type: "address" },
  { name: "epoch", type: "uint64" },
  { name: "transfers", type: "uint32" },
] as const;

export const TYPES = {
  MintClaim: [
    { name: "passId", type: "uint256" },
    { name: "to", type: "address" },
    { name: "epoch", type: "uint64" },
    { name: "transfers", type: "uint32" },
    { name: "termsHash", type: "bytes32" },
    { name: "notBefore", type: "uint64" },
    { name: "deadline", type: "uint64" },
  ],
  MintClaimBatch: [
    { name: "series", type: "uint64" },
    { name: "termsHash", type: "bytes32" },
    { name: "notBefore", type: "uint64" },
    { name: "deadline", type: "uint64" },
    { name: "lines", type: "ClaimLine[]" },
  ],
  ClaimLine: LINE,
  SaleTicket: [
    { name: "series", type: "uint64" },
    { name: "buyer", type: "address" },
    { name: "quantity", type: "uint32" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint64" },
  ],
  ReceiveWithAuthorization: [
    { name: "from", type: "address" },
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
    { name: "validAfter", type: "uint256" },
    { name: "validBefore", type: "uint256" },
    { name: "nonce", type: "bytes32" },
  ],
} as const;

/** Returns the domain of a clone. */
export function domainOf(address: Address, chainId = 31337) {
  return { name: "EventPass", version: "1", chainId, verifyingContract: address };
}

export type Claim = Awaited<ReturnType<typeof claimFor>>;
export type Ticket = Awaited<ReturnType<typeof ticketFor>>;

/** Returns a claim of pass number `serial` for `to`, good for ten minutes from now. */
export async function claimFor(world: World, to: Address, serial = 7) {
  const now = await world.now();
  return {
    passId: passId(serial),
    to,
    epoch: 3n,
    transfers: 1,
    termsHash: `0x${"ab".repeat(32)}` as Hex,
    notBefore: now,
    deadline: now + 600n,
  };
}

/** Returns a ticket for `buyer`, good for ten minutes from now. */
export async function ticketFor(world: World, buyer: Address, quantity = 1, nonce = 99n) {
  return { series: SERIES, buyer, quantity, nonce, deadline: (await world.now()) + 600n };
}

/** Signs what the hot signer signs, as `eth_signTypedData_v4` does. */
export function sign(
  world: World,
  primaryType: "MintClaim" | "MintClaimBatch" | "SaleTicket",
  message: object,
  by = signer,
): Promise<Hex> {
  const domain = domainOf(world.pass.address);
  return by.signTypedData({ domain, types: TYPES, primaryType, message } as never);
}

/** Returns the bytes of a call to a clone. */
export function callData(world: World, functionName: string, args: readonly unknown[]): Hex {
  const abi = world.pass.abi;
  if (getAbiItem({ abi, name: functionName } as never) === undefined) throw new Error(functionName);
  return encodeFunctionData({ abi, functionName, args } as never);
}
