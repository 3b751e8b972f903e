// Accounts and transfers on the relay's wire: JSON objects with TigerBeetle's field names.
// Owns: which field has which kind and range. In requests an omitted field is 0; in answers every field stands.
import { AccountFlags, type FlagTable, flagNames, TransferFlags, unknownFlagBits } from "./flags.ts"
import { U16_MAX, U32_MAX, U64_MAX, U128_MAX } from "./integers.ts"
import type { Account, AccountRequest, Transfer, TransferRequest } from "./records.ts"
import {
  readArray,
  readDecimal,
  readInteger,
  readName,
  readObject,
  WireError,
} from "./wire-field.ts"

interface FieldCodec {
  readonly zero: bigint | number
  read(value: unknown, path: string): bigint | number
  write(value: bigint | number, path: string): unknown
}

const u128 = decimalField(U128_MAX)
const u64 = decimalField(U64_MAX)
const u32 = integerField(U32_MAX, `0..${U32_MAX}`)
// A ledger or code of 0 is as good as omitted, which a ledger refuses or a post inherits: not worth naming.
const ledger = integerField(U32_MAX, `1..${U32_MAX}`)
const code = integerField(U16_MAX, `1..${U16_MAX}`)

type FieldCodecs<Item> = Readonly<Record<keyof Item, FieldCodec>>

const STORED_ACCOUNT_FIELDS: FieldCodecs<Account> = {
  id: u128,
  debits_pending: u128,
  debits_posted: u128,
  credits_pending: u128,
  credits_posted: u128,
  user_data_128: u128,
  user_data_64: u64,
  user_data_32: u32,
  ledger,
  code,
  flags: flagsField(AccountFlags),
  timestamp: u64,
}

const ACCOUNT_FIELDS: FieldCodecs<AccountRequest> = { ...STORED_ACCOUNT_FIELDS, reserved: u32 }

const TRANSFER_FIELDS: FieldCodecs<Transfer> = {
  id: u128,
  debit_account_id: u128,
  credit_account_id: u128,
  amount: u128,
  pending_id: u128,
  user_data_128: u128,
  user_data_64: u64,
  user_data_32: u32,
  timeout: u32,
  ledger,
  code,
  flags: flagsField(TransferFlags),
  timestamp: u64,
}

/** @throws WireError naming the path and the rule. */
export function readAccountRequest(value: unknown, path: string): AccountRequest {
  return readRecord(value, path, ACCOUNT_FIELDS, "zero")
}

/** @throws WireError naming the path and the rule. */
export function readTransferRequest(value: unknown, path: string): TransferRequest {
  return readRecord(value, path, TRANSFER_FIELDS, "zero")
}

/** @throws WireError naming the path and the rule. */
export function readAccount(value: unknown, path: string): Account {
  return readRecord(value, path, STORED_ACCOUNT_FIELDS, "refused")
}

/** @throws WireError naming the path and the rule. */
export function readTransfer(value: unknown, path: string): Transfer {
  return readRecord(value, path, TRANSFER_FIELDS, "refused")
}

/** A request without the fields that are 0. */
export function writeAccountRequest(account: AccountRequest, path: string): unknown {
  return writeRecord(account, path, ACCOUNT_FIELDS, "omitted")
}

/** A request without the fields that are 0. */
export function writeTransferRequest(transfer: TransferRequest, path: string): unknown {
  return writeRecord(transfer, path, TRANSFER_FIELDS, "omitted")
}

export function writeAccount(account: Account, path: string): unknown {
  return writeRecord(account, path, STORED_ACCOUNT_FIELDS, "written")
}

export function writeTransfer(transfer: Transfer, path: string): unknown {
  return writeRecord(transfer, path, TRANSFER_FIELDS, "written")
}

function readRecord<Item extends object>(
  value: unknown,
  path: string,
  fields: FieldCodecs<Item>,
  missing: "zero" | "refused",
): Item {
  const source = readObject(value, path, Object.keys(fields))
  const record: Record<string, bigint | number> = {}
  for (const [name, field] of Object.entries<FieldCodec>(fields)) {
    record[name] =
      missing === "zero" && !Object.hasOwn(source, name)
        ? field.zero
        : field.read(source[name], `${path}.${name}`)
  }
  return record as Item
}

function writeRecord<Item extends object>(
  record: Item,
  path: string,
  fields: FieldCodecs<Item>,
  zero: "omitted" | "written",
): unknown {
  const target: Record<string, unknown> = {}
  for (const [name, field] of Object.entries<FieldCodec>(fields)) {
    const value = record[name as keyof Item] as bigint | number
    if (zero === "written" || value !== field.zero)
      target[name] = field.write(value, `${path}.${name}`)
  }
  return target
}

function decimalField(max: bigint): FieldCodec {
  return {
    zero: 0n,
    read: (value, path) => readDecimal(value, path, max),
    write: String,
  }
}

function integerField(max: number, rule: string): FieldCodec {
  return {
    zero: 0,
    read: (value, path) => readInteger(value, path, max, rule),
    write: (value) => value,
  }
}

function flagsField(table: FlagTable): FieldCodec {
  const names = Object.keys(table)
  return {
    zero: 0,
    read(value, path) {
      let flags = 0
      for (const [index, item] of readArray(value, path).entries()) {
        const name = readName(item, `${path}[${index}]`, names)
        const bit = table[name] ?? 0
        if ((flags & bit) !== 0) throw new WireError(`${path}[${index}]`, "each flag once", item)
        flags |= bit
      }
      return flags
    },
    write(value, path) {
      const flags = Number(value)
      const unknown = unknownFlagBits(flags, table)
      if (unknown !== 0) throw new WireError(path, `bits of ${names.join(", ")}`, unknown)
      return flagNames(flags, table)
    },
  }
}
