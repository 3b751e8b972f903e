// Ids for ledger records made by a step.
// Owns: which of a step's properties make an id. Knows the step by its shape only.
//   I1. Every attempt of a step, on any machine and in any replay, makes the same ids.
//   I2. Ids of runs created later sort behind those of runs created earlier, as a ledger likes its keys.
//   I3. Two steps, two generations and two incarnations of a run share no id: the idempotency key tells them apart.
import { deterministicId } from "./deterministic-id.ts"

/** The part of a step's context that goes into an id. */
export interface IdentifiedStep {
  readonly id: string
  readonly idempotencyKey: string
  readonly runCreatedAtMs: number
}

export interface LedgerIdOptions {
  /** The business attempt, from 1 (the default): raised only when an id was burned, never for a technical retry. */
  readonly attempt?: number
  /** Tells several ids of one step apart, from 0 (the default). */
  readonly index?: number
  /** Keeps two installations on one ledger apart; default "belay". */
  readonly namespace?: string
}

/**
 * A 128-bit id for a ledger record that this step creates. What other steps need to know (a pending transfer's id for
 * its post), the step returns.
 * @throws RangeError when attempt or index is no whole number in its range.
 */
export async function ledgerId(
  step: IdentifiedStep,
  options: LedgerIdOptions = {},
): Promise<bigint> {
  const { attempt = 1, index = 0, namespace = "belay" } = options
  return deterministicId({
    namespace,
    runId: step.id,
    stepKey: step.idempotencyKey,
    attempt: requireInteger("attempt", attempt, 1),
    index: requireInteger("index", index, 0),
    createdAtMs: step.runCreatedAtMs,
  })
}

function requireInteger(name: string, value: number, min: number): number {
  if (Number.isSafeInteger(value) && value >= min) return value
  throw new RangeError(`${name}: expected an integer from ${min}, got ${value}`)
}
