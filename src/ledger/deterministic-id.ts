// Ids for ledger records that come out the same on every replay.
// Owns: the two ways to make one. Knows no clock and no random: the caller brings the time it has recorded.
import { U128_MAX } from "./integers.ts"

/** What an id is made of; the same parts always give the same id. */
export interface IdParts {
  /** Keeps two installations on one ledger apart. */
  readonly namespace: string
  readonly runId: string
  /** The step's place in its run, for example its path or idempotency key. */
  readonly stepKey: string
  /** The business attempt, from 1: raised only when an id was burned, never for a technical retry. */
  readonly attempt: number
  /** The event's place in the request, from 0. */
  readonly index: number
  /** When the run was created, ms since 1970: recorded once, never read from the clock again. */
  readonly createdAtMs: number
}

const TIME_BITS = 48n
const HASH_BITS = 80n
const TIME_MS_MAX = 2 ** 48 - 1

/**
 * A 128-bit id that sorts by time (48 bits of `createdAtMs`, then 80 bits of hash), as a ledger likes its keys.
 * @throws RangeError when `createdAtMs` is no whole number of ms that fits 48 bits, or `attempt` or `index` no
 * whole number.
 */
export async function deterministicId(parts: IdParts): Promise<bigint> {
  const { namespace, runId, stepKey, attempt, index, createdAtMs } = parts
  if (!Number.isInteger(createdAtMs) || createdAtMs < 0 || createdAtMs > TIME_MS_MAX) {
    throw new RangeError(`createdAtMs: expected integer 0..${TIME_MS_MAX}, got ${createdAtMs}`)
  }
  // As JSON, what is no number would read like another one that is none.
  for (const [name, value] of Object.entries({ attempt, index })) {
    if (!Number.isSafeInteger(value))
      throw new RangeError(`${name}: expected integer, got ${value}`)
  }
  const hash = await hash128(["v1", namespace, runId, stepKey, attempt, index])
  return withinRange((BigInt(createdAtMs) << HASH_BITS) | (hash >> TIME_BITS))
}

/**
 * A 128-bit id from a business key alone. It survives the loss of the run, but does not sort by time, which
 * costs a large ledger speed.
 */
export async function businessId(namespace: string, key: string): Promise<bigint> {
  return withinRange(await hash128(["v1", namespace, key]))
}

// The list goes in as JSON, so that no two lists of parts can read alike.
async function hash128(parts: readonly (string | number)[]): Promise<bigint> {
  const bytes = new TextEncoder().encode(JSON.stringify(parts))
  const digest = new DataView(await crypto.subtle.digest("SHA-256", bytes))
  return (digest.getBigUint64(0) << 64n) | digest.getBigUint64(8)
}

// 0 and the largest value are not allowed as ids.
function withinRange(id: bigint): bigint {
  if (id === 0n) return 1n
  return id === U128_MAX ? U128_MAX - 1n : id
}
