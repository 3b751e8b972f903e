// Ledger desk: one question of a step to the ledger, and how definite the answer is.
// Owns: that only an answer of the ledger ends a step. Must not touch: what an answer means to the transfer.
//   D1. A call that brought no answer is made again, with the same id, for as long as it takes: no failure on the way to
//       the ledger is ever a refusal by it. That holds for a request the relay refuses to pass on as well: what this key
//       may do, or which version stands there, is an operator's affair, and the transfer goes on once he has seen to it.
//   D2. A refusal counts once no copy of the request that is still under way can be accepted any more.

import type { StepContext } from "../../engine/workflow/context.ts"
import { isNonRetryable } from "../../engine/errors.ts"
import type { CallOptions, Ledger } from "../../ledger/ledger.ts"
import { patience } from "../../ledger/patience.ts"
import type { Account, NewAccount, NewTransfer, Transfer } from "../../ledger/records.ts"
import { burnsId, type AccountOutcome, type TransferOutcome } from "../../ledger/status-outcome.ts"

export function createAccount(ctx: StepContext, account: NewAccount): Promise<AccountOutcome> {
  return ask(ctx, async (ledger, options) =>
    only(await ledger.createAccounts([account], options), account.id),
  )
}

/** In no order; an id that the ledger does not have is left out. */
export function lookupAccounts(ctx: StepContext, ids: readonly bigint[]): Promise<Account[]> {
  return ask(ctx, (ledger, options) => ledger.lookupAccounts(ids, options))
}

export function createTransfer(ctx: StepContext, transfer: NewTransfer): Promise<TransferOutcome> {
  return ask(ctx, async (ledger, options) =>
    only(await ledger.createTransfers([transfer], options), transfer.id),
  )
}

/** The transfer of this id if the ledger has one; `undefined` if it has none and never will. */
export function fencedTransfer(ctx: StepContext, id: bigint): Promise<Transfer | undefined> {
  return ask(ctx, async (ledger, options) => {
    // Side by side: one after the other would never end by a ledger that needs more than half an attempt for each.
    const [fence, found] = await Promise.all([
      ledger.fenceTransfer(id, options),
      ledger.lookupTransfers([id], options),
    ])
    if (fence.result !== "committed") return undefined
    // Looked up before the transfer arrived, fenced after: asked again, the look-up finds it.
    return only(found, id)
  })
}

/**
 * Makes a refusal final (D2). Most burn the id; one that does not, an overflow for example, could be followed by an
 * earlier attempt that arrives late and is accepted, so the id is burned here.
 * @throws Error when the earlier attempt came first; asked again, the ledger says so.
 */
export async function makeRefusalFinal(
  ctx: StepContext,
  id: bigint,
  { status }: TransferOutcome,
): Promise<void> {
  if (burnsId(status) || status === "id_already_failed") return
  const { result } = await ask(ctx, (ledger, options) => ledger.fenceTransfer(id, options))
  if (result !== "committed") return
  throw new Error(`Ledger transfer ${id} was refused (${status}), then an earlier copy was taken.`)
}

async function ask<T>(
  ctx: StepContext,
  question: (ledger: Ledger, options: CallOptions) => Promise<T>,
): Promise<T> {
  try {
    return await question(ctx.getDependency<Ledger>("ledger"), patience(ctx))
  } catch (error) {
    if (!isNonRetryable(error)) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`The ledger cannot be asked, an operator has to look: ${reason}`, {
      cause: error,
    })
  }
}

function only<T>(answers: readonly T[], id: bigint): T {
  const [answer] = answers
  if (answer === undefined) throw new Error(`The ledger gave no answer about ${id}.`)
  return answer
}
