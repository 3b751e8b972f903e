// Account creation: write last, read first. One account in two stores that share no transaction.
// Owns: the order of the writes and what a person must look at. Must not touch: the stores (steps.ts).
//   W1. The reference row is written before the ledger, so whatever the ledger holds can be found.
//   W2. The ledger decides: a reference row alone is no account.

import type { Context } from "../../engine/workflow/context.ts"
import { LEDGER_ATTEMPT } from "../ledger-attempt.ts"
import { createLedgerAccount, insertReference, mintLedgerId } from "./steps.ts"

/** A step that asks the reference ends after this long, so that a call that hangs is seen and tried again. */
const REFERENCE_ATTEMPT = { attemptTimeoutMs: 5_000 }

export function* createAccount(ctx: Context, uuid: string) {
  const guid = yield* ctx.run(mintLedgerId)
  const reference = yield* ctx.run(insertReference, uuid, guid, ctx.options(REFERENCE_ATTEMPT))
  yield* ctx.panic(
    reference.type === "exists_diff",
    `Account ${uuid}: its reference row holds another ledger id than ${guid}, or that id belongs to another account.`,
  )
  const record = yield* ctx.run(createLedgerAccount, guid, ctx.options(LEDGER_ATTEMPT))
  yield* ctx.panic(
    record.type === "exists_diff" && !record.isForeign,
    `Account ${uuid}: ledger account ${guid} exists with other attributes.`,
  )
  // The original asks whether the ledger says "exists" to a row that was just created. Here such an answer is an
  // earlier attempt's own account; a foreign one tells itself by its user data, so this cannot hold falsely.
  yield* ctx.panic(
    record.type === "exists_diff" && record.isForeign,
    `Account ${uuid}: the order of writes was violated, ledger account ${guid} was not created by this run.`,
  )
  yield* ctx.publish("account", { uuid, guid, state: "created" })
  return { uuid, guid }
}
