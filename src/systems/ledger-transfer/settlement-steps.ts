// The steps after the bank has answered: the reserved amount is posted or let go of, or collected after all.
// Owns: what the ledger's answers mean to the settlement. Must not touch: the order of the steps (workflow.ts).
//   S1. As in reservation-steps.ts. None of these steps fails for good: money is under way, so what cannot be decided
//       here is an outcome, `unclear`, with which the workflow halts.
//   S2. `refused` is final: no copy of the request that is still under way can come true.

import type { StepContext } from "../../engine/workflow/context.ts"
import type { TransferStatus } from "../../ledger/transfer-status.ts"
import { logStep } from "../step-log.ts"
import type { LedgerTransfer } from "./input.ts"
import { createTransfer, makeRefusalFinal } from "./ledger-desk.ts"
import { collection, resolution } from "./ledger-records.ts"

/** The ledger's record is not as this transfer left it: `status` says how, and a person must look. */
interface Unclear {
  readonly type: "unclear"
  readonly status: TransferStatus
}

/** `gone`: nothing is reserved any more. `refused`: the reservation may still stand. */
export type PostOutcome =
  | { readonly type: "posted" }
  | { readonly type: "gone" | "refused"; readonly status: TransferStatus }
  | Unclear

export type CollectOutcome =
  { readonly type: "collected" } | { readonly type: "refused"; readonly status: string } | Unclear

/**
 * `released`: nothing is reserved any more, whoever let go of it. `posted`: never the step's own answer, but a person's,
 * who has seen that somebody else had posted it.
 */
export type VoidOutcome = { readonly type: "released" | "posted" } | Unclear

/** The reservation has ended without a movement, and no answer about it will ever change again. */
const ENDED: ReadonlySet<TransferStatus> = new Set([
  "pending_transfer_expired",
  "pending_transfer_already_voided",
])

/** Takes the reserved amount. */
export async function postReservation(
  ctx: StepContext,
  transfer: LedgerTransfer,
): Promise<PostOutcome> {
  const post = await resolution(ctx, "post", transfer)
  const outcome = await createTransfer(ctx, post)
  const { status } = outcome
  log(ctx, transfer, post.id, status)
  if (outcome.class === "success") return { type: "posted" }
  if (ENDED.has(status)) return { type: "gone", status }
  // Posted by another transfer than this one, of an amount that is not known here.
  const isPostedElsewhere = status === "pending_transfer_already_posted"
  if (isPostedElsewhere || outcome.class !== "rejected") return { type: "unclear", status }
  await makeRefusalFinal(ctx, post.id, outcome)
  return { type: "refused", status }
}

/** Takes the amount although nothing is reserved: the bank has paid it out. */
export async function collectAmount(
  ctx: StepContext,
  transfer: LedgerTransfer,
  sourceId: string,
): Promise<CollectOutcome> {
  const collect = await collection(ctx, transfer, BigInt(sourceId))
  const outcome = await createTransfer(ctx, collect)
  const { status } = outcome
  log(ctx, transfer, collect.id, status)
  if (outcome.class === "success") return { type: "collected" }
  if (outcome.class !== "rejected") return { type: "unclear", status }
  await makeRefusalFinal(ctx, collect.id, outcome)
  return { type: "refused", status }
}

/** Lets go of the reserved amount. */
export async function voidReservation(
  ctx: StepContext,
  transfer: LedgerTransfer,
): Promise<VoidOutcome> {
  const release = await resolution(ctx, "void", transfer)
  const outcome = await createTransfer(ctx, release)
  const { status } = outcome
  log(ctx, transfer, release.id, status)
  if (outcome.class === "success" || ENDED.has(status)) return { type: "released" }
  return { type: "unclear", status }
}

function log(ctx: StepContext, transfer: LedgerTransfer, id: bigint, status: string): void {
  logStep(ctx, `${transfer.transferId}: ${transfer.amount}`, { transfer: id.toString(), status })
}
