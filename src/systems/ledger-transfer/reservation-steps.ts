// The steps before the bank: the reservation, and the end of one whose fate is unknown.
// Owns: what the ledger's answers mean to the reservation. Must not touch: the order of the steps (workflow.ts).
//   S1. Every step may run again after it has taken effect, and then answers as the attempt that did it would have.
//   S2. `rejected` and `not_reserved` are final: no copy of the reservation that is still under way can come true.

import type { StepContext } from "../../engine/workflow/context.ts"
import { logStep } from "../step-log.ts"
import type { LedgerTransfer } from "./input.ts"
import { createTransfer, fencedTransfer, makeRefusalFinal } from "./ledger-desk.ts"
import { ledgerIdOf, markOf, reservation } from "./ledger-records.ts"
import { refused, rejected, type Rejected } from "./refusal.ts"

/** Ids as decimal strings. `expiresAtMs`: when the ledger lets go of the amount, by its own clock, ms since 1970. */
export interface Reserved {
  readonly type: "reserved"
  readonly reservationId: string
  readonly sourceId: string
  readonly expiresAtMs: number
}

export type ReservationOutcome = Reserved | Rejected

export type FencedReservation = Reserved | { readonly type: "not_reserved" }

/**
 * Sets the amount aside.
 * @param sourceId the ledger account that pays, decimal, as the first step has found it
 * @throws NonRetryableError `ledger_refused` when the ledger's answer is no business of the transfer's: the id belongs
 * to another record, or the request makes no sense.
 */
export async function reserveAmount(
  ctx: StepContext,
  transfer: LedgerTransfer,
  sourceId: string,
): Promise<ReservationOutcome> {
  const source = BigInt(sourceId)
  const pending = await reservation(ctx, transfer, source)
  const outcome = await createTransfer(ctx, pending)
  const { status, timestamp } = outcome
  logStep(ctx, `${transfer.transferId}: reserve ${transfer.amount}`, {
    transfer: pending.id.toString(),
    status,
  })
  switch (outcome.class) {
    case "success":
      return reserved(transfer, { id: pending.id, source, timestamp })
    case "rejected":
      await makeRefusalFinal(ctx, pending.id, outcome)
      return rejected(transfer, status)
    case "conflict":
    case "invalid":
      throw refused(`the reservation ${pending.id}`, status)
  }
}

/** Makes sure that nothing will be reserved; `reserved` when it is too late for that. */
export async function fenceReservation(
  ctx: StepContext,
  transfer: LedgerTransfer,
): Promise<FencedReservation> {
  const id = await ledgerIdOf(ctx, "reserve")
  const found = await fencedTransfer(ctx, id)
  // Somebody else's record under this id is left alone; ours can never be there.
  const isOwn = found !== undefined && found.user_data_128 === (await markOf(ctx))
  logStep(ctx, `${transfer.transferId}: fence of the reservation`, {
    transfer: id.toString(),
    found: found === undefined ? "nothing" : isOwn ? "reserved" : "another record",
  })
  if (!isOwn) return { type: "not_reserved" }
  return reserved(transfer, { ...found, source: found.debit_account_id })
}

function reserved(
  { reservationSeconds }: LedgerTransfer,
  { id, source, timestamp }: { id: bigint; source: bigint; timestamp: bigint },
): Reserved {
  return {
    type: "reserved",
    reservationId: id.toString(),
    sourceId: source.toString(),
    expiresAtMs: Number(timestamp / 1_000_000n) + reservationSeconds * 1_000,
  }
}
