// Money transfer: a saga over two accounts that share no transaction: debit, credit, and the way back.
// Owns: the order of the movements and what the transfer ends as. Must not touch: the accounts (steps.ts).
//   W1. Only a debit that stands is credited, and only a credit that can never arrive is compensated.
//   W2. However it ends, cancelled and timed out included, nothing is left half done.

import type { Context } from "../../engine/workflow/context.ts"
import { toTheEnd } from "../to-the-end.ts"
import type { Transfer } from "./input.ts"
import { creditTarget, debitSource, isRejection, reverseDebit } from "./steps.ts"

/** Steps that call out end after this long, so that a call that hangs is seen and tried again. */
const ATTEMPT_TIMEOUT_MS = 5_000

/** What the transfer is once its reversal is through. */
const ENDS = { reversed: "compensated", not_debited: "rejected", credited: "committed" } as const

export function* transferMoney(ctx: Context, transfer: Transfer) {
  const callOut = ctx.options({ attemptTimeoutMs: ATTEMPT_TIMEOUT_MS })
  try {
    const debit = yield* ctx.run(debitSource, transfer, callOut)
    if (debit.type === "rejected") {
      const { error, reason } = debit
      const rejected = { ...transfer, status: "rejected" as const, error, reason }
      yield* ctx.publish("transfer", rejected)
      return rejected
    }
    yield* ctx.publish("transfer", { ...transfer, status: "debited" })
    // Tried until the account answers: a lost reply says nothing, and the op id makes another attempt harmless.
    yield* ctx.run(creditTarget, transfer, callOut)
  } catch (error) {
    const reversal = yield* toTheEnd(ctx, () => ctx.run(reverseDebit, transfer, callOut))
    const message = error instanceof Error ? error.message : String(error)
    const ended = { ...transfer, status: ENDS[reversal.type], error: message }
    yield* ctx.publish("transfer", ended)
    if (!isRejection(error)) throw error
    return ended
  }
  const committed = { ...transfer, status: "committed" as const }
  yield* ctx.publish("transfer", committed)
  return committed
}
