// Fields that a request to the ledger does not have.
// Owns: the refusal. What is left out counts as 0, so a misspelled `pending_id` would make a transfer of its own.
import { LedgerError } from "./errors.ts"

/**
 * @param path where the value stands, for the message: `transfers[3]`
 * @param complete a value with every field there is
 * @throws LedgerError `ledger_invalid` naming the first field there is not.
 */
export function requireKnownFields(given: object, path: string, complete: object): void {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(complete, name)) continue
    throw new LedgerError(
      "ledger_invalid",
      `${path}: there is no field "${name}", only ${Object.keys(complete).join(", ")}.`,
    )
  }
}
