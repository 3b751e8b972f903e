// The input of a ledger transfer.
// Owns: what a ledger transfer is, by whichever door it comes, and its one spelling (`normalised`).

import * as v from "valibot"
import { nameField, runIdPartField, wholeNumberField } from "../fields.ts"

/** The workflow's registered name. */
export const WORKFLOW = "ledgerTransfer"

/** What a ledger transfer's run id begins with; the transfer's id follows. */
export const RUN_ID_PREFIX = "ledger-transfer-"

/** How long the ledger keeps the amount reserved unless the caller says otherwise. */
const RESERVATION_SECONDS_DEFAULT = 300

/** One day: a transfer that its bank leaves unanswered for longer should not hold the source's money. */
const RESERVATION_SECONDS_MAX = 86_400

/** An account made by account creation, named by its UUID; lower case is its one spelling. */
export const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const DECIMAL = /^(?:0|[1-9]\d*)$/

/** A ledger's ids are 128 bits wide; 0 and the largest are no ids. */
const ACCOUNT_ID_MAX = 2n ** 128n - 2n

const sourceField = v.pipe(
  v.string((issue) => `expected text, got ${issue.received}`),
  v.toLowerCase(),
  v.check(
    (source) => UUID.test(source) || isAccountId(source),
    `expected the UUID of an account or a ledger account id, a decimal text from 1 to ${ACCOUNT_ID_MAX}`,
  ),
)

/** Minor units. A decimal text counts as the number it spells; above 2^53-1 neither is exact any more. */
const amountField = v.pipe(
  v.unknown(),
  v.transform((amount) =>
    typeof amount === "string" && DECIMAL.test(amount) ? Number(amount) : amount,
  ),
  wholeNumberField(1),
)

export const ledgerTransferSchema = v.object({
  transferId: runIdPartField(RUN_ID_PREFIX),
  source: sourceField,
  bankAccount: nameField(),
  amount: amountField,
  reservationSeconds: v.optional(
    wholeNumberField(1, RESERVATION_SECONDS_MAX),
    RESERVATION_SECONDS_DEFAULT,
  ),
})

/** As it may be given. */
export type GivenLedgerTransfer = v.InferInput<typeof ledgerTransferSchema>

/** In its one spelling: the source in lower case, the amount a number, the reservation's time filled in. */
export type LedgerTransfer = v.InferOutput<typeof ledgerTransferSchema>

/** The list of arguments of `ledgerTransfer`. */
export const ledgerTransferInput = v.strictTuple([ledgerTransferSchema])

/** The engine checks an input and keeps it as it was given, so the workflow brings it to its one spelling. */
export function normalised(given: GivenLedgerTransfer): LedgerTransfer {
  return v.parse(ledgerTransferSchema, given)
}

/** Whether both ask for the same. */
export function isSameTransfer(one: LedgerTransfer, other: LedgerTransfer): boolean {
  return (
    one.transferId === other.transferId &&
    one.source === other.source &&
    one.bankAccount === other.bankAccount &&
    one.amount === other.amount &&
    one.reservationSeconds === other.reservationSeconds
  )
}

function isAccountId(text: string): boolean {
  // A longer text is refused before it is read: numbers without end take time without end.
  if (text.length > `${ACCOUNT_ID_MAX}`.length || !DECIMAL.test(text)) return false
  const id = BigInt(text)
  return id > 0n && id <= ACCOUNT_ID_MAX
}
