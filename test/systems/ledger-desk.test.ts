// The desk at which the steps of a ledger transfer ask: what ends a question, and what does not.

import { expect, test } from "vitest"
import { isNonRetryable } from "../../src/engine/errors.ts"
import { LedgerError } from "../../src/ledger/errors.ts"
import { transferOutcome } from "../../src/ledger/status-outcome.ts"
import {
  createTransfer,
  fencedTransfer,
  makeRefusalFinal,
} from "../../src/systems/ledger-transfer/ledger-desk.ts"
import { stepContext } from "./support/step-context.ts"

const ID = 7n

function atDesk(ledger: object) {
  return stepContext({ ledger }, {})
}

async function thrownBy(question: Promise<unknown>): Promise<unknown> {
  return question.then(
    () => "nothing",
    (error: unknown) => error,
  )
}

test("what the relay refuses to pass on does not end the step: an operator will see to it", async () => {
  const refusal = new LedgerError("ledger_invalid", "This relay is older than the Worker.")
  const ctx = atDesk({ createTransfers: () => Promise.reject(refusal) })
  const error = await thrownBy(createTransfer(ctx, { id: ID }))
  expect(isNonRetryable(refusal)).toBe(true)
  expect(isNonRetryable(error)).toBe(false)
  expect(error).toMatchObject({
    message: expect.stringMatching(/an operator has to look: This relay is older/) as unknown,
    cause: refusal,
  })
})

test("looked up before the transfer arrived, fenced after: asked again, not taken for nothing", async () => {
  const ctx = atDesk({
    fenceTransfer: async () => ({ result: "committed" }),
    lookupTransfers: async () => [],
  })
  const error = await thrownBy(fencedTransfer(ctx, ID))
  expect(error).toMatchObject({ message: `The ledger gave no answer about ${ID}.` })
  expect(isNonRetryable(error)).toBe(false)
})

test("a refusal that leaves its id usable is final only once the id is fenced", async () => {
  const fenced: bigint[] = []
  const desk = (result: string) =>
    atDesk({
      fenceTransfer: async (id: bigint) => {
        fenced.push(id)
        return { result }
      },
    })
  await makeRefusalFinal(desk("fenced"), ID, transferOutcome("exceeds_credits", 1n))
  await makeRefusalFinal(desk("fenced"), ID, transferOutcome("id_already_failed", 1n))
  expect(fenced).toEqual([])
  await makeRefusalFinal(desk("fenced"), ID, transferOutcome("overflows_debits", 1n))
  expect(fenced).toEqual([ID])
  const overtaken = makeRefusalFinal(desk("committed"), ID, transferOutcome("overflows_debits", 1n))
  await expect(overtaken).rejects.toThrow("then an earlier copy was taken")
})
