// The input of a money transfer.
// Owns: what a transfer is, by whichever door it comes.

import * as v from "valibot"
import { nameField, runIdPartField, wholeNumberField } from "../fields.ts"

/** The workflow's registered name. */
export const WORKFLOW = "transferMoney"

/** What a transfer's run id begins with; the transfer's id follows. */
export const RUN_ID_PREFIX = "transfer-"

/** An account's name. */
export const accountName = nameField()

/** Minor units; a transfer or deposit of nothing is a mistake. */
export const amountField = wholeNumberField(1)

export const transferSchema = v.pipe(
  v.object({
    transferId: runIdPartField(RUN_ID_PREFIX),
    source: accountName,
    target: accountName,
    amount: amountField,
  }),
  v.forward(
    v.check(({ source, target }) => source !== target, "expected another account than the source"),
    ["target"],
  ),
)

export type Transfer = v.InferOutput<typeof transferSchema>

/** The list of arguments of `transferMoney`. */
export const transferMoneyInput = v.strictTuple([transferSchema])
