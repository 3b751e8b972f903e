// Ledger transfer, its decisions alone: these steps answered that, so the workflow did this; and the bank's share of a
// reservation's time.
import { describe, expect, test } from "vitest"
import { NonRetryableError } from "../../src/engine/errors.ts"
import { bankTimeMs } from "../../src/systems/ledger-transfer/bank-time.ts"
import { ledgerTransfer } from "../../src/systems/ledger-transfer/workflow.ts"
import { perform } from "./support/perform.ts"

const NOW_MS = 1_700_000_000_000
const TRANSFER = {
  transferId: "t",
  source: "7",
  bankAccount: "bob",
  amount: 1_234,
  reservationSeconds: 60,
}
const OPENED = { type: "opened", sourceId: "7" }
const RESERVED = {
  type: "reserved",
  reservationId: "42",
  sourceId: "7",
  expiresAtMs: NOW_MS + 60_000,
}
const REJECTED = { type: "rejected", reason: "exceeds_credits", error: "no" }
const CREDITED = { type: "credited" }
const REFUSED = { type: "refused", reason: "closed" }
const SILENT = new Error("The bank did not answer.")
const POSTED = { type: "posted" }
const GONE = { type: "gone", status: "pending_transfer_expired" }
const CLOSED = { type: "refused", status: "debit_account_already_closed" }
const UNCLEAR = { type: "unclear", status: "pending_transfer_already_posted" }
const COLLECTED = { type: "collected" }
const SHORT = { type: "refused", status: "exceeds_credits" }
const REVERSED = { type: "reversed" }
const NOT_NOW = { type: "refused", reason: "insufficient" }
const RELEASED = { type: "released" }
const OPENING = ["openClearingAccount", "reserveAmount"]

function walk(answers: Readonly<Record<string, unknown>>) {
  return perform((ctx) => ledgerTransfer(ctx, TRANSFER), {
    "date.now": NOW_MS,
    openClearingAccount: OPENED,
    ...answers,
  })
}

describe("the decision table", () => {
  test.each([
    ["rejected", { reserveAmount: REJECTED }, [], "rejected"],
    [
      "credited, posted",
      { creditBank: CREDITED, postReservation: POSTED },
      ["creditBank", "postReservation"],
      "committed",
    ],
    [
      "refused by the bank",
      { creditBank: REFUSED, voidReservation: RELEASED },
      ["creditBank", "voidReservation"],
      "compensated",
    ],
    [
      "silent, had paid out",
      { creditBank: SILENT, fenceCredit: CREDITED, postReservation: POSTED },
      ["creditBank", "fenceCredit", "postReservation"],
      "committed",
    ],
    [
      "silent, had not paid out",
      { creditBank: SILENT, fenceCredit: REFUSED, voidReservation: RELEASED },
      ["creditBank", "fenceCredit", "voidReservation"],
      "compensated",
    ],
    [
      "no time left for the bank",
      {
        reserveAmount: { ...RESERVED, expiresAtMs: NOW_MS },
        fenceCredit: REFUSED,
        voidReservation: RELEASED,
      },
      ["fenceCredit", "voidReservation"],
      "compensated",
    ],
    [
      "credited, gone, collected",
      { creditBank: CREDITED, postReservation: GONE, collectAmount: COLLECTED },
      ["creditBank", "postReservation", "collectAmount"],
      "committed",
    ],
    [
      "credited, gone, not collected, given back",
      {
        creditBank: CREDITED,
        postReservation: GONE,
        collectAmount: SHORT,
        reverseCredit: REVERSED,
      },
      ["creditBank", "postReservation", "collectAmount", "reverseCredit"],
      "compensated",
    ],
    [
      "credited, the post refused: the reservation is let go of, so that it can be collected",
      {
        creditBank: CREDITED,
        postReservation: CLOSED,
        voidReservation: RELEASED,
        collectAmount: COLLECTED,
      },
      ["creditBank", "postReservation", "voidReservation", "collectAmount"],
      "committed",
    ],
    [
      "credited, the post refused, let go of, not collected, given back",
      {
        creditBank: CREDITED,
        postReservation: CLOSED,
        voidReservation: RELEASED,
        collectAmount: CLOSED,
        reverseCredit: REVERSED,
      },
      ["creditBank", "postReservation", "voidReservation", "collectAmount", "reverseCredit"],
      "compensated",
    ],
    [
      "credited, the post refused, and a person has seen that it was posted after all",
      { creditBank: CREDITED, postReservation: CLOSED, voidReservation: POSTED },
      ["creditBank", "postReservation", "voidReservation"],
      "committed",
    ],
  ])("%s", (_case, answers, called, status) => {
    const performance = walk({ reserveAmount: RESERVED, ...answers })
    expect(performance.called).toEqual([...OPENING, ...called])
    expect(performance.result).toMatchObject({ ...TRANSFER, status })
  })

  const payback = {
    creditBank: CREDITED,
    postReservation: GONE,
    collectAmount: SHORT,
    reverseCredit: NOT_NOW,
  }
  test.each([
    [
      "paid out, not collected, not given back",
      payback,
      "1234 was paid out to bank account 'bob' but cannot be collected: 1234 is missing. The ledger refused it (exceeds_credits)",
    ],
    [
      "paid out, the reservation posted by somebody else",
      { creditBank: CREDITED, postReservation: UNCLEAR },
      "1234 was paid out to bank account 'bob', but reservation 42 cannot be posted",
    ],
    [
      "paid out, the post refused, the reservation posted by somebody else",
      { creditBank: CREDITED, postReservation: CLOSED, voidReservation: UNCLEAR },
      "1234 was paid out to bank account 'bob', the post was refused (debit_account_already_closed), and reservation 42 cannot be let go of: pending_transfer_already_posted",
    ],
    [
      "paid out, the collection's record foreign",
      {
        creditBank: CREDITED,
        postReservation: GONE,
        collectAmount: { type: "unclear", status: "exists_with_different_amount" },
      },
      "exists_with_different_amount",
    ],
    [
      "refused by the bank, the reservation posted by somebody else",
      { creditBank: REFUSED, voidReservation: UNCLEAR },
      "reservation 42 of 1234 should be let go of",
    ],
  ])("%s: halted, with the amount", (_case, answers, message) => {
    const { halted } = walk({ reserveAmount: RESERVED, ...answers })
    expect(halted).toContain(message)
  })

  test("a source that cannot be one: rejected, and nothing is reserved", () => {
    const refusal = { type: "rejected", reason: "source_is_clearing_account", error: "no" }
    const { called, result } = walk({ openClearingAccount: refusal })
    expect(called).toEqual(["openClearingAccount"])
    const { reason, error } = refusal
    expect(result).toEqual({ ...TRANSFER, status: "rejected", reason, error })
  })

  test("a reservation that fails for good is fenced, and the run fails with its error", () => {
    const failure = new NonRetryableError("The ledger refused it.", { code: "ledger_refused" })
    const answers = { reserveAmount: failure, fenceReservation: { type: "not_reserved" } }
    expect(() => walk(answers)).toThrow(failure)
  })
})

describe("the bank's share of a reservation's time", () => {
  test.each([
    ["a quarter is left for posting", 300, 225_000],
    ["a quarter, at the edge", 20, 15_000],
    ["at least one attempt at the ledger", 16, 11_000],
    ["at most half", 8, 4_000],
    ["at most half of the shortest", 1, 500],
    ["a quarter of the longest", 86_400, 64_800_000],
  ])("%s: of %i s the bank has %i ms", (_case, seconds, timeMs) => {
    expect(bankTimeMs({ expiresAtMs: NOW_MS + seconds * 1_000, seconds }, NOW_MS)).toBe(timeMs)
  })

  test("it shrinks with the time that has passed, down to nothing", () => {
    const reservation = { expiresAtMs: NOW_MS + 300_000, seconds: 300 }
    expect(bankTimeMs(reservation, NOW_MS + 25_000.5)).toBe(199_999)
    expect(bankTimeMs(reservation, NOW_MS + 224_999)).toBe(1)
    expect(bankTimeMs(reservation, NOW_MS + 225_000)).toBe(0)
    expect(bankTimeMs(reservation, NOW_MS + 1_000_000)).toBe(0)
  })
})
