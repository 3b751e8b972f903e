// The request to create a transfer, read the fast way.
// Owns: this one reader, spelled out: nothing is read more often, and by the table of fields it takes a quarter longer.
// It takes what the table takes and gives what the table gives (a test holds the two together), but has no words for
// what it refuses: that is for the table to say.
import type { TransferRequest } from "./records.ts"
import { code, ledger, transferFlags, u128, u32, u64 } from "./wire-codec.ts"
import { WireError } from "./wire-field.ts"

/** @throws WireError that does not say where. */
export function readPlainTransfer(source: Readonly<Record<string, unknown>>): TransferRequest {
  let id = 0n
  let debit_account_id = 0n
  let credit_account_id = 0n
  let amount = 0n
  let pending_id = 0n
  let user_data_128 = 0n
  let user_data_64 = 0n
  let user_data_32 = 0
  let timeout = 0
  let transferLedger = 0
  let transferCode = 0
  let flags = 0
  let timestamp = 0n
  for (const name of Object.keys(source)) {
    const value = source[name]
    switch (name) {
      case "id":
        id = u128.read(value)
        break
      case "debit_account_id":
        debit_account_id = u128.read(value)
        break
      case "credit_account_id":
        credit_account_id = u128.read(value)
        break
      case "amount":
        amount = u128.read(value)
        break
      case "pending_id":
        pending_id = u128.read(value)
        break
      case "user_data_128":
        user_data_128 = u128.read(value)
        break
      case "user_data_64":
        user_data_64 = u64.read(value)
        break
      case "user_data_32":
        user_data_32 = u32.read(value)
        break
      case "timeout":
        timeout = u32.read(value)
        break
      case "ledger":
        transferLedger = ledger.read(value)
        break
      case "code":
        transferCode = code.read(value)
        break
      case "flags":
        flags = transferFlags.read(value)
        break
      case "timestamp":
        timestamp = u64.read(value)
        break
      default:
        throw new WireError("an unknown field")
    }
  }
  return {
    id,
    debit_account_id,
    credit_account_id,
    amount,
    pending_id,
    user_data_128,
    user_data_64,
    user_data_32,
    timeout,
    ledger: transferLedger,
    code: transferCode,
    flags,
    timestamp,
  }
}
