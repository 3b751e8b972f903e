// The kinds of fields that records have on the relay's wire.
// Owns: for each kind its zero, its reading and its writing. The rules and their words are `wire-field.ts`'s.
// An error has no place yet: whoever knows the field's name puts it in front.
import { AccountFilterFlags, QueryFilterFlags } from "./filters.ts"
import { AccountFlags, type FlagTable, flagNames, TransferFlags, unknownFlagBits } from "./flags.ts"
import { U16_MAX, U32_MAX, U64_MAX, U128_MAX } from "./integers.ts"
import { readArray, readDecimal, readInteger, readName, wireError } from "./wire-field.ts"

export interface FieldCodec<Value extends bigint | number> {
  readonly zero: Value
  /** @throws WireError without a place. */
  read(value: unknown): Value
  /** As JSON text. @throws WireError without a place. */
  write(value: Value): string
}

export const u128 = decimalField(U128_MAX)
export const u64 = decimalField(U64_MAX)
export const u32 = integerField(U32_MAX, `0..${U32_MAX}`)
// A ledger or code of 0 is as good as omitted, which a ledger refuses or a post inherits: not worth naming.
export const ledger = integerField(U32_MAX, `1..${U32_MAX}`)
export const code = integerField(U16_MAX, `1..${U16_MAX}`)
export const accountFlags = flagsField(AccountFlags)
export const transferFlags = flagsField(TransferFlags)
export const accountFilterFlags = flagsField(AccountFilterFlags)
export const queryFilterFlags = flagsField(QueryFilterFlags)

function decimalField(max: bigint): FieldCodec<bigint> {
  return {
    zero: 0n,
    read: (value) => readDecimal(value, "", max),
    write: (value) => `"${value}"`,
  }
}

function integerField(max: number, rule: string): FieldCodec<number> {
  return {
    zero: 0,
    read: (value) => readInteger(value, "", max, rule),
    write: String,
  }
}

function flagsField(table: FlagTable): FieldCodec<number> {
  const names = Object.keys(table)
  return {
    zero: 0,
    read(value) {
      let flags = 0
      for (const [index, item] of readArray(value, "").entries()) {
        const bit = table[readName(item, `[${index}]`, names)] ?? 0
        if ((flags & bit) !== 0) throw wireError(`[${index}]`, "each flag once", item)
        flags |= bit
      }
      return flags
    },
    write(flags) {
      const unknown = unknownFlagBits(flags, table)
      if (unknown !== 0) throw wireError("", `bits of ${names.join(", ")}`, unknown)
      return JSON.stringify(flagNames(flags, table))
    },
  }
}
