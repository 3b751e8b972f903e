// Ledger transfer: one leg in the ledger, one at a bank outside: reserve, credit, then post or let go.
// Owns: the order of the movements and what the transfer ends as. Must not touch: the ledger and the bank (…-steps.ts).
//   W1. Only the bank's answer decides between post and void. While there is none, the run goes on asking.
//   W2. What the bank has paid out is taken from the source or taken back from the bank. Where neither can be done, the
//       run halts with the amount; `retry` goes on from the step that was refused.
//   W3. However it ends, cancelled, timed out and failed included, nothing is left half done and nothing reserved.
//
// Why each interleaving ends well:
// - A delayed copy of the reservation after a void or a post: the ledger says `exists`. After a rejection or the fence:
//   its id is burned. A delayed copy of a post or collection after a refusal: burned as well (D2 in ledger-desk.ts).
// - A delayed copy of the payout after the fence or after the payback: the account refuses it (B3 in account-book.ts).
// - Interrupted anywhere, the run fences the reservation and then the payout, in this order: nothing reserved means that
//   nothing was paid out, because a payout is only sent once the reservation is known. Both fences give what has happened
//   as well as what has not, so from there on it is the same settlement, whose steps all bear being asked again.
// - A post that is refused (the source was closed) burns its id, so nothing can come of the reservation any more but its
//   release; it is let go of before the amount is collected, or it would hold back the money it was made for.
// - The reservation and the bank's time end by different clocks. If the reservation goes first, the amount is collected
//   by a new transfer; if that is refused, the bank gives it back.
// - The same transfer id in another run, or in a later life of the same run id: S1 in bank-steps.ts.

import type { Context } from "../../engine/workflow/context.ts"
import { LEDGER_ATTEMPT } from "../ledger-attempt.ts"
import { toTheEnd } from "../to-the-end.ts"
import { creditBank, fenceCredit, reverseCredit, type PayoutOutcome } from "./bank-steps.ts"
import { bankTimeMs } from "./bank-time.ts"
import { normalised, type GivenLedgerTransfer, type LedgerTransfer } from "./input.ts"
import { openClearingAccount } from "./opening-step.ts"
import type { Rejected } from "./refusal.ts"
import { fenceReservation, reserveAmount, type Reserved } from "./reservation-steps.ts"
import { collectAmount, postReservation, voidReservation } from "./settlement-steps.ts"

/** Steps that ask the bank end after this long, so that a call that hangs is seen and tried again. */
const BANK_ATTEMPT = { attemptTimeoutMs: 5_000 }

/** What a transfer ends as. `reason` is the ledger's status or the bank's word; `error` says it for people. */
type End =
  | { readonly status: "committed" }
  | {
      readonly status: "rejected" | "compensated"
      readonly reason: string
      readonly error: string
    }

export function* ledgerTransfer(ctx: Context, given: GivenLedgerTransfer) {
  const transfer = normalised(given)
  try {
    const ended = { ...transfer, ...(yield* moved(ctx, transfer)) }
    yield* ctx.publish("transfer", ended)
    return ended
  } catch (error) {
    yield* toTheEnd(ctx, function* () {
      const ended = { ...transfer, ...(yield* settledAfterInterruption(ctx, transfer)) }
      yield* ctx.publish("transfer", ended)
    })
    throw error
  }
}

function* moved(ctx: Context, transfer: LedgerTransfer) {
  const askLedger = ctx.options(LEDGER_ATTEMPT)
  const opening = yield* ctx.run(openClearingAccount, transfer, askLedger)
  if (opening.type === "rejected") return notMade(opening)
  const reservation = yield* ctx.run(reserveAmount, transfer, opening.sourceId, askLedger)
  if (reservation.type === "rejected") return notMade(reservation)
  const { reservationId, expiresAtMs } = reservation
  const reservedUntil = new Date(expiresAtMs).toISOString()
  yield* ctx.publish("transfer", { ...transfer, status: "reserved", reservationId, reservedUntil })
  const payout = yield* paidInTime(ctx, transfer, reservation)
  return yield* settled(ctx, transfer, reservation, payout)
}

function notMade({ reason, error }: Rejected): End {
  return { status: "rejected", reason, error }
}

/** The bank is asked while its time lasts, and then, for as long as it takes, what it has done. */
function* paidInTime(ctx: Context, transfer: LedgerTransfer, { expiresAtMs }: Reserved) {
  const nowMs = yield* ctx.date.now()
  const timeoutMs = bankTimeMs({ expiresAtMs, seconds: transfer.reservationSeconds }, nowMs)
  if (timeoutMs > 0) {
    try {
      return yield* ctx.run(creditBank, transfer, ctx.options({ ...BANK_ATTEMPT, timeoutMs }))
    } catch {
      // Silent until its time was up, or interrupted: neither says what the bank has done. The journal keeps which.
    }
  }
  return yield* ctx.run(fenceCredit, transfer, ctx.options(BANK_ATTEMPT))
}

function* settledAfterInterruption(ctx: Context, transfer: LedgerTransfer) {
  const reservation = yield* ctx.run(fenceReservation, transfer, ctx.options(LEDGER_ATTEMPT))
  if (reservation.type === "not_reserved") {
    const error = `nothing was reserved; transfer '${transfer.transferId}' was not made`
    return { status: "rejected", reason: "withdrawn", error } satisfies End
  }
  const payout = yield* ctx.run(fenceCredit, transfer, ctx.options(BANK_ATTEMPT))
  return yield* settled(ctx, transfer, reservation, payout)
}

function* settled(
  ctx: Context,
  transfer: LedgerTransfer,
  reservation: Reserved,
  payout: PayoutOutcome,
) {
  if (payout.type === "credited") return yield* collected(ctx, transfer, reservation)
  yield* released(ctx, transfer, reservation)
  const { reason } = payout
  const error = `bank account '${transfer.bankAccount}' did not take the payout: ${reason}`
  return { status: "compensated", reason, error } satisfies End
}

/** The bank has paid out: the source pays, or the bank gets no more than a loan. */
function* collected(ctx: Context, transfer: LedgerTransfer, reservation: Reserved) {
  const { transferId, bankAccount, amount } = transfer
  const askLedger = ctx.options(LEDGER_ATTEMPT)
  const paid = `Ledger transfer '${transferId}': ${amount} was paid out to bank account '${bankAccount}'`
  const post = yield* ctx.run(postReservation, transfer, askLedger)
  yield* ctx.panic(
    post.type === "unclear",
    `${paid}, but reservation ${reservation.reservationId} cannot be posted: ${statusOf(post)}. See what became of it in the ledger, then skip postReservation with {"type": "posted"} or {"type": "gone"}.`,
  )
  if (post.type === "posted") return { status: "committed" } satisfies End
  if (post.type === "refused") {
    // It may still stand, and then it holds back the very amount that is collected next.
    const release = yield* ctx.run(voidReservation, transfer, askLedger)
    yield* ctx.panic(
      release.type === "unclear",
      `${paid}, the post was refused (${statusOf(post)}), and reservation ${reservation.reservationId} cannot be let go of: ${statusOf(release)}. See what became of it in the ledger, then skip voidReservation with {"type": "posted"} or {"type": "released"}.`,
    )
    if (release.type === "posted") return { status: "committed" } satisfies End
  }
  const collection = yield* ctx.run(collectAmount, transfer, reservation.sourceId, askLedger)
  yield* ctx.panic(
    collection.type === "unclear",
    `${paid}, but the record that should collect it is not this transfer's: ${statusOf(collection)}.`,
  )
  if (collection.type === "collected") return { status: "committed" } satisfies End
  const reversal = yield* ctx.run(reverseCredit, transfer, ctx.options(BANK_ATTEMPT))
  yield* ctx.panic(
    reversal.type === "refused",
    `${paid} but cannot be collected: ${amount} is missing. The ledger refused it (${statusOf(collection)}), and the bank account does not hold enough to give it back. Deposit to '${bankAccount}' (open it first if it is closed), then retry.`,
  )
  const reason = statusOf(collection)
  const error = `the amount could not be collected (${reason}) and was taken back from bank account '${bankAccount}'`
  return { status: "compensated", reason, error } satisfies End
}

function* released(ctx: Context, transfer: LedgerTransfer, { reservationId }: Reserved) {
  const release = yield* ctx.run(voidReservation, transfer, ctx.options(LEDGER_ATTEMPT))
  yield* ctx.panic(
    release.type === "unclear",
    `Ledger transfer '${transfer.transferId}': reservation ${reservationId} of ${transfer.amount} should be let go of, but the ledger says ${statusOf(release)}. See who has resolved it, then skip voidReservation with {"type": "released"}.`,
  )
}

function statusOf(outcome: { readonly type: string; readonly status?: string }): string {
  return outcome.status ?? outcome.type
}
