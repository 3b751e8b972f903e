// The steps of a money transfer: what is asked of the two accounts.
// Owns: what an account's answer means to the transfer. Must not touch: the order of the steps (workflow.ts).
//   S1. Every movement carries an op id made from the transfer's id, so a step may be attempted any number of times.
//   S2. A failed call says nothing about the account; only an answer of the account does.

import type { BankAccountObject } from "../../bank/account-object.ts"
import { accountOf } from "../../bank/account-stub.ts"
import {
  opIdOf,
  type MovementAnswer,
  type RefusalReason,
  type TransferLeg,
} from "../../bank/movement.ts"
import type { StepContext } from "../../engine/workflow/context.ts"
import { NonRetryableError } from "../../engine/errors.ts"
import { logStep } from "../step-log.ts"
import type { Transfer } from "./input.ts"

export type DebitOutcome =
  | { readonly type: "debited" }
  | { readonly type: "rejected"; readonly reason: RefusalReason; readonly error: string }

/** `credited`: it was too late, the credit stands. `not_debited`: there was nothing to give back, and never will be. */
export interface ReversalOutcome {
  readonly type: "reversed" | "not_debited" | "credited"
}

const REJECTION_CODE = "credit_rejected"

/** Takes the amount from the source, unless one of the two accounts cannot take part. */
export async function debitSource(ctx: StepContext, transfer: Transfer): Promise<DebitOutcome> {
  const { source, target } = transfer
  const account = accountAt(ctx, source)
  const leg = legTo(transfer, target)
  if (!(await accountAt(ctx, target).exists())) {
    // Another attempt may still be on its way to the source, or was there before this one, and the target may be opened
    // meanwhile: what it has taken is not given back here, for the transfer may have gone on with it.
    const known = await account.withdrawDebit(leg)
    if (known.outcome === "applied") return { type: "debited" }
    logStep(ctx, `${opIdOf(transfer.transferId, "debit")}: target ${target} does not exist`)
    return rejected(transfer, "unknown_account", target)
  }
  const answer = await account.debit(leg)
  logMovement(ctx, opIdOf(transfer.transferId, "debit"), `${source} -${transfer.amount}`, answer)
  return answer.outcome === "applied"
    ? { type: "debited" }
    : rejected(transfer, answer.reason, source)
}

/**
 * Gives the amount to the target.
 * @throws NonRetryableError `credit_rejected` when the account has answered no, which it then does for ever.
 */
export async function creditTarget(ctx: StepContext, transfer: Transfer): Promise<void> {
  const { source, target } = transfer
  const answer = await accountAt(ctx, target).credit(legTo(transfer, source))
  logMovement(ctx, opIdOf(transfer.transferId, "credit"), `${target} +${transfer.amount}`, answer)
  if (answer.outcome === "applied") return
  throw new NonRetryableError(`target account '${target}' rejected the credit`, {
    code: REJECTION_CODE,
    details: { account: target, reason: answer.reason },
  })
}

/** Makes sure that the target never gets the amount, then gives it back to the source if the source had given it. */
export async function reverseDebit(ctx: StepContext, transfer: Transfer): Promise<ReversalOutcome> {
  const { source, target } = transfer
  const credit = await accountAt(ctx, target).withdrawCredit(legTo(transfer, source))
  if (credit.outcome === "applied") {
    logStep(ctx, `${opIdOf(transfer.transferId, "credit")} stands: nothing is reversed`)
    return { type: "credited" }
  }
  const answer = await accountAt(ctx, source).reverse(legTo(transfer, target))
  logMovement(ctx, opIdOf(transfer.transferId, "reversal"), `${source} +${transfer.amount}`, answer)
  return { type: answer.outcome === "applied" ? "reversed" : "not_debited" }
}

/** Whether the target account itself has said no. */
export function isRejection(error: unknown): boolean {
  return error instanceof NonRetryableError && error.code === REJECTION_CODE
}

// A stub is made for every call: one that has failed may stay broken.
function accountAt(ctx: StepContext, name: string): DurableObjectStub<BankAccountObject> {
  return accountOf(ctx.getDependency("accounts"), name)
}

function legTo({ transferId, amount }: Transfer, counterparty: string): TransferLeg {
  return { transferId, amount, counterparty }
}

function logMovement(ctx: StepContext, opId: string, text: string, answer: MovementAnswer): void {
  const told =
    answer.outcome === "applied"
      ? { outcome: answer.isNew ? "applied" : "already applied" }
      : { outcome: "refused", reason: answer.reason }
  logStep(ctx, `${opId}: ${text}`, told)
}

const REASONS: Readonly<Record<RefusalReason, string>> = {
  unknown_account: "does not exist",
  closed: "is closed",
  insufficient: "does not hold enough money",
  limit: "would pass the largest balance",
  conflict: "has an entry of this transfer with other values",
  withdrawn: "had this transfer withdrawn before",
  reversed: "had this transfer reversed before",
}

function rejected(transfer: Transfer, reason: RefusalReason, account: string): DebitOutcome {
  const error = `account '${account}' ${REASONS[reason]}; transfer '${transfer.transferId}' was not made`
  return { type: "rejected", reason, error }
}
