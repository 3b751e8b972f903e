// The steps at the bank: pay out, make sure of what the bank has done, take back.
// Owns: what an account's answer means to the transfer. Must not touch: the order of the steps (workflow.ts).
//   S1. Every movement carries an op id made from the transfer's id and names the reservation that pays for it, so a step
//       may be attempted any number of times, and an account pays one transfer id out once, for one reservation. Another
//       run of the same transfer id, were it the same run id deleted and started again, has another reservation: the
//       account refuses it (`conflict`, or what the first one was told), and its own reservation is let go of.
//   S2. A failed call says nothing about the account; only an answer of the account does.

import { accountOf } from "../../bank/account-stub.ts"
import {
  opIdOf,
  type MovementAnswer,
  type RefusalReason,
  type TransferLeg,
} from "../../bank/movement.ts"
import type { BankAccountObject } from "../../bank/account-object.ts"
import type { StepContext } from "../../engine/workflow/context.ts"
import { logStep } from "../step-log.ts"
import type { LedgerTransfer } from "./input.ts"
import { ledgerIdOf } from "./ledger-records.ts"

/** `refused`: the amount is not at the bank and never will be. */
export type PayoutOutcome =
  { readonly type: "credited" } | { readonly type: "refused"; readonly reason: RefusalReason }

/** `not_credited`: there was nothing to take back, and never will be. `refused`: not now; it may be asked again. */
export type PaybackOutcome =
  | { readonly type: "reversed" | "not_credited" }
  | { readonly type: "refused"; readonly reason: RefusalReason }

/** Gives the amount to the bank account. */
export async function creditBank(
  ctx: StepContext,
  transfer: LedgerTransfer,
): Promise<PayoutOutcome> {
  const answer = await accountAt(ctx, transfer).payOut(await legOf(ctx, transfer))
  return payoutOutcome(ctx, transfer, `+${transfer.amount}`, answer)
}

/** Makes sure that the bank account never gets the amount; `credited` when it is too late for that. */
export async function fenceCredit(
  ctx: StepContext,
  transfer: LedgerTransfer,
): Promise<PayoutOutcome> {
  const answer = await accountAt(ctx, transfer).fencePayout(await legOf(ctx, transfer))
  return payoutOutcome(ctx, transfer, "fence", answer)
}

/** Takes the amount back from the bank account. */
export async function reverseCredit(
  ctx: StepContext,
  transfer: LedgerTransfer,
): Promise<PaybackOutcome> {
  const answer = await accountAt(ctx, transfer).payBack(await legOf(ctx, transfer))
  const opId = opIdOf(transfer.transferId, "payback")
  logMovement(ctx, opId, `${transfer.bankAccount} -${transfer.amount}`, answer)
  if (answer.outcome === "applied") return { type: "reversed" }
  const { reason } = answer
  return reason === "insufficient" ? { type: "refused", reason } : { type: "not_credited" }
}

// A stub is made for every call: one that has failed may stay broken.
function accountAt(
  ctx: StepContext,
  { bankAccount }: LedgerTransfer,
): DurableObjectStub<BankAccountObject> {
  return accountOf(ctx.getDependency("accounts"), bankAccount)
}

async function legOf(
  ctx: StepContext,
  { transferId, amount }: LedgerTransfer,
): Promise<TransferLeg> {
  return { transferId, amount, counterparty: (await ledgerIdOf(ctx, "reserve")).toString() }
}

function payoutOutcome(
  ctx: StepContext,
  { transferId, bankAccount }: LedgerTransfer,
  asked: string,
  answer: MovementAnswer,
): PayoutOutcome {
  logMovement(ctx, opIdOf(transferId, "payout"), `${bankAccount} ${asked}`, answer)
  return answer.outcome === "applied"
    ? { type: "credited" }
    : { type: "refused", reason: answer.reason }
}

function logMovement(ctx: StepContext, opId: string, text: string, answer: MovementAnswer): void {
  const told =
    answer.outcome === "applied"
      ? { outcome: answer.isNew ? "applied" : "already applied" }
      : { outcome: "refused", reason: answer.reason }
  logStep(ctx, `${opId}: ${text}`, told)
}
