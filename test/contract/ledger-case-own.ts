// What belongs to one case alone: its ids, its user data, the times at which its records were created.
// Owns: the way from a case's small numbers to values that nothing else in the ledger has, and back. A case may
// therefore run in a ledger that is years old, and beside others.
import { randomBytes } from "node:crypto"
import { U128_MAX } from "../../src/ledger/integers.ts"
import type { FilterRow, Moment, Own } from "./ledger-case.ts"

const ID_FIELDS = ["id", "debit_account_id", "credit_account_id", "pending_id", "account_id"]

/** Leaves room for a million small ids; grows with time, as a ledger likes it. */
export function randomBase(): bigint {
  return (BigInt(Date.now()) << 80n) | (randomInteger(6) << 20n)
}

export type RecordKind = "account" | "transfer"

type Placed = Record<string, unknown>

export class OwnValues {
  readonly #base = randomBase()
  readonly #base64 = randomInteger(6) << 8n
  readonly #base32 = Number(randomInteger(3)) * 0x100
  readonly #createdAt = {
    account: new Map<bigint, bigint>(),
    transfer: new Map<bigint, bigint>(),
  }

  /** The case's own id for a small one. Ids with a meaning of their own stay. */
  id(small: bigint): bigint {
    return small === 0n || small === U128_MAX ? small : this.#base + small
  }

  /** The small id that stands in the case. */
  smallId(id: bigint): bigint {
    return id - this.#base
  }

  /** Remembers when it was created. An account and a transfer may share their id. */
  created(kind: RecordKind, small: bigint, timestamp: bigint): void {
    this.#createdAt[kind].set(small, timestamp)
  }

  createdAt(kind: RecordKind, small: bigint): bigint | undefined {
    return this.#createdAt[kind].get(small)
  }

  /** The small id of the transfer that was created at this time. */
  transferOf(timestamp: bigint): bigint | undefined {
    return [...this.#createdAt.transfer].find(([, createdAt]) => createdAt === timestamp)?.[0]
  }

  moment([small, plusNs]: Moment): bigint {
    return (this.createdAt("account", small) ?? this.createdAt("transfer", small) ?? 0n) + plusNs
  }

  /** The event with its values in place of the case's. */
  event<Row extends Own & { readonly importedAt?: Moment }>(row: Row): Row {
    const { importedAt, ...rest } = row
    const placed = this.#fields(rest)
    if (importedAt !== undefined) placed["timestamp"] = this.moment(importedAt)
    return placed as Row
  }

  /** The filter with its values in place of the case's. */
  filter(row: FilterRow): FilterRow & { readonly account_id: bigint; readonly limit: number } {
    const { from, to, ...rest } = row
    return {
      account_id: 0n,
      limit: 100,
      ...this.#fields(rest),
      ...(from === undefined ? {} : { timestamp_min: this.moment(from) }),
      ...(to === undefined ? {} : { timestamp_max: this.moment(to) }),
    }
  }

  #fields({ own = {}, ...fields }: { readonly own?: Own["own"] | undefined }): Placed {
    const placed: Placed = { ...fields }
    for (const field of ID_FIELDS) {
      const id = placed[field]
      if (typeof id === "bigint") placed[field] = this.id(id)
    }
    const { user_data_128, user_data_64, user_data_32 } = own
    if (user_data_128 !== undefined) placed["user_data_128"] = this.#base + BigInt(user_data_128)
    if (user_data_64 !== undefined) placed["user_data_64"] = this.#base64 + BigInt(user_data_64)
    if (user_data_32 !== undefined) placed["user_data_32"] = this.#base32 + user_data_32
    return placed
  }
}

function randomInteger(bytes: number): bigint {
  return BigInt(`0x${randomBytes(bytes).toString("hex")}`)
}
