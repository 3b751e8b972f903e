// The first step: the account that pays, and the ledger's clearing account of the bank account that is paid.
// Owns: what counts as either. Must not touch: the order of the steps (workflow.ts).
//   O1. Nothing is reserved before this step has answered, so its `rejected` is final.
//   O2. A source is an account that the ledger has shown and that is no clearing account: were it one, a bank account would
//       be paid by nobody. No account ever changes its code or user data, so what was seen once holds; and one that is
//       not there yet is no source, because it could become anything.
//   O3. The clearing account is ours by ledger, code and mark, whatever its flags: closed by somebody, or limited, it is the
//       same account, and the reservation will hear what it allows.

import type { StepContext } from "../../engine/workflow/context.ts"
import type { Account, NewAccount } from "../../ledger/records.ts"
import { logStep } from "../step-log.ts"
import type { LedgerTransfer } from "./input.ts"
import { createAccount, lookupAccounts } from "./ledger-desk.ts"
import { clearingAccount, isClearingAccount, LEDGER } from "./ledger-records.ts"
import { refused, rejected, type Rejected } from "./refusal.ts"
import { sourceIdOf } from "./source.ts"

/** `sourceId` as a decimal string. */
export type OpeningOutcome = { readonly type: "opened"; readonly sourceId: string } | Rejected

/**
 * Makes the ledger's clearing account of the bank account, unless it is there, and looks at the source. A step of its
 * own, because a step that waits for two answers in a row would never end by a ledger that takes more than half an
 * attempt's time for each; here they are asked side by side.
 * @throws NonRetryableError `ledger_refused` when the clearing account's id belongs to something else.
 */
export async function openClearingAccount(
  ctx: StepContext,
  transfer: LedgerTransfer,
): Promise<OpeningOutcome> {
  const clearing = await clearingAccount(transfer.bankAccount)
  const sourceId = await sourceIdOf(ctx.getDependency<D1Database>("db"), transfer.source)
  if (sourceId === undefined) return rejected(transfer, "source_unknown")
  if (sourceId === clearing.id) return rejected(transfer, "source_is_clearing_account")
  const [{ class: outcome, status }, found] = await Promise.all([
    createAccount(ctx, clearing),
    lookupAccounts(ctx, [sourceId, clearing.id]),
  ])
  logStep(ctx, `clearing account of ${transfer.bankAccount}`, {
    account: clearing.id.toString(),
    status,
  })
  const isOpen = outcome === "success" || (await hasOtherFlagsOnly(ctx, clearing, status, found))
  if (!isOpen) {
    const { id } = clearing
    throw refused(`the clearing account ${id} of bank account '${transfer.bankAccount}'`, status)
  }
  const reason = await reasonAgainst(found.find(({ id }) => id === sourceId))
  if (reason !== undefined) return rejected(transfer, reason)
  return { type: "opened", sourceId: sourceId.toString() }
}

/** A ledger compares flags first: that they differ does not tell that the rest is the same. */
async function hasOtherFlagsOnly(
  ctx: StepContext,
  { id }: NewAccount,
  status: string,
  found: readonly Account[],
): Promise<boolean> {
  if (status !== "exists_with_different_flags") return false
  // Made between the look-up and the refusal, if it was not found at first.
  const known = found.find((account) => account.id === id) ?? (await lookupAccounts(ctx, [id]))[0]
  return known !== undefined && isClearingAccount(known)
}

async function reasonAgainst(source: Account | undefined): Promise<string | undefined> {
  if (source?.ledger !== LEDGER) return "source_unknown"
  return (await isClearingAccount(source)) ? "source_is_clearing_account" : undefined
}
