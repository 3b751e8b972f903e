// The steps before the bank: the clearing account, the reservation, and the end of one whose fate is unknown.
// Owns: what the ledger's answers mean to the reservation. Must not touch: the order of the steps (workflow.ts).
//   S1. Every step may run again after it has taken effect, and then answers as the attempt that did it would have.
//   S2. `rejected` and `not_reserved` are final: no copy of the reservation that is still under way can come true.

import type { StepContext } from "../../engine/context.ts"
import { NonRetryableError } from "../../engine/errors.ts"
import { logStep } from "../step-log.ts"
import type { LedgerTransfer } from "./input.ts"
import { createAccount, createTransfer, fencedTransfer, makeRefusalFinal } from "./ledger-desk.ts"
import { clearingAccount, ledgerIdOf, markOf, reservation } from "./ledger-records.ts"
import { sourceIdOf } from "./source.ts"

/** Ids as decimal strings. `expiresAtMs`: when the ledger lets go of the amount, by its own clock, ms since 1970. */
export interface Reserved {
  readonly type: "reserved"
  readonly reservationId: string
  readonly sourceId: string
  readonly expiresAtMs: number
}

/** `reason`: the ledger's status, or `source_unknown` for a UUID that no account has. */
export type ReservationOutcome =
  Reserved | { readonly type: "rejected"; readonly reason: string; readonly error: string }

export type FencedReservation = Reserved | { readonly type: "not_reserved" }

const REFUSED_CODE = "ledger_refused"

/**
 * Makes the ledger's clearing account of the bank account, unless it is there. A step of its own, because a step that
 * waits for two answers in a row would never end by a ledger that takes more than half an attempt's time for each.
 * @throws NonRetryableError `ledger_refused` when the account's id belongs to something else.
 */
export async function openClearingAccount(
  ctx: StepContext,
  { bankAccount }: LedgerTransfer,
): Promise<void> {
  const account = await clearingAccount(bankAccount)
  const outcome = await createAccount(ctx, account)
  const { status } = outcome
  logStep(ctx, `clearing account of ${bankAccount}`, { account: account.id.toString(), status })
  if (outcome.class === "success") return
  // Closed by somebody, or limited: the same account, and the reservation will hear what it allows.
  if (status === "exists_with_different_flags") return
  throw refused(`the clearing account ${account.id} of bank account '${bankAccount}'`, status)
}

/**
 * Sets the amount aside.
 * @throws NonRetryableError `ledger_refused` when the ledger's answer is no business of the transfer's: the id belongs
 * to another record, or the request makes no sense.
 */
export async function reserveAmount(
  ctx: StepContext,
  transfer: LedgerTransfer,
): Promise<ReservationOutcome> {
  const sourceId = await sourceIdOf(ctx.getDependency<D1Database>("db"), transfer.source)
  if (sourceId === undefined) return reservedBeforeOr(ctx, transfer, "source_unknown")
  const pending = await reservation(ctx, transfer, sourceId)
  const outcome = await createTransfer(ctx, pending)
  const { status, timestamp } = outcome
  logStep(ctx, `${transfer.transferId}: reserve ${transfer.amount}`, {
    transfer: pending.id.toString(),
    status,
  })
  switch (outcome.class) {
    case "success":
      return reserved(transfer, { id: pending.id, source: sourceId, timestamp })
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

/** An earlier attempt may have found the source, and its request may still be under way. */
async function reservedBeforeOr(
  ctx: StepContext,
  transfer: LedgerTransfer,
  reason: string,
): Promise<ReservationOutcome> {
  const fenced = await fenceReservation(ctx, transfer)
  return fenced.type === "reserved" ? fenced : rejected(transfer, reason)
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

function rejected({ transferId, source }: LedgerTransfer, reason: string): ReservationOutcome {
  const error =
    reason === "source_unknown"
      ? `there is no account ${source}; transfer '${transferId}' was not made`
      : `the ledger rejected the reservation: ${reason}; transfer '${transferId}' was not made`
  return { type: "rejected", reason, error }
}

function refused(what: string, status: string): NonRetryableError {
  return new NonRetryableError(`The ledger refused ${what}: ${status}.`, {
    code: REFUSED_CODE,
    details: { status },
  })
}
