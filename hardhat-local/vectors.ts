/** The shared vectors of `tests/vectors`, and how a call was refused. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { BaseError, ContractFunctionRevertedError } from "viem";

export type Refusal = { name: string | undefined; args: readonly unknown[] };

/** Returns the vectors of one subject, parsed. */
export function readVectors<Vectors>(subject: string): Vectors {
  const file = new URL(`../tests/vectors/${subject}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as Vectors;
}

/** Returns the custom error that a call reverted with; a call that succeeds fails the test. */
export async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  const error = await call.then(
    (result) => assert.fail(`expected a refusal, got ${String(result)}`),
    (reason: unknown) => reason,
  );
  assert(error instanceof BaseError, String(error));
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
  assert(reverted instanceof ContractFunctionRevertedError, error.message);
  return { name: reverted.data?.errorName, args: reverted.data?.args ?? [] };
}
