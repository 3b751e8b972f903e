// Patience with the ledger: how long a step's call waits for it, and how long the attempt around the call may take.
// Both grow from attempt to attempt, so that what is lost is noticed soon and a slow ledger is heard in the end.
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { Operation } from "../../src/engine/workflow/operation.ts"
import { WorkflowContext } from "../../src/engine/workflow/workflow-context.ts"
import type { CallOptions } from "../../src/ledger/ledger.ts"
import { patience } from "../../src/ledger/patience.ts"
import { createLedgerAccount } from "../../src/systems/account-creation/steps.ts"
import { createAccount } from "../../src/systems/account-creation/workflow.ts"
import { openClearingAccount } from "../../src/systems/ledger-transfer/opening-step.ts"
import { ledgerTransfer } from "../../src/systems/ledger-transfer/workflow.ts"
import { newGuid } from "./support/ledger-accounts.ts"
import { stepContext } from "./support/step-context.ts"
import { testLedger } from "./support/test-ledger.ts"

const ATTEMPTS = [1, 2, 3, 4]
const PATIENCE_MS = [4_000, 8_000, 16_000, 16_000]

/** What the ledger's calls of this name were given, while a step makes its attempts. */
async function waitsOf(
  call: "createAccounts" | "lookupAccounts",
  step: (ctx: ReturnType<typeof stepContext>) => Promise<unknown>,
): Promise<(number | undefined)[]> {
  const waits: (number | undefined)[] = []
  const real = testLedger()
  const ledger = Object.assign(testLedger(), {
    [call]: (asked: never, options?: CallOptions) => {
      waits.push(options?.timeoutMs)
      return real[call](asked, options)
    },
  })
  for (const attempt of ATTEMPTS) {
    await step(stepContext({ db: env.DB, ledger }, { id: "patient", attempt }))
  }
  return waits
}

/** Attempt timeouts of the first steps that a workflow asks for. */
function timeoutsOf(
  start: (ctx: Context) => Generator<unknown, unknown, never>,
  answers: Readonly<Record<string, unknown>>,
): Record<string, number | readonly number[] | undefined> {
  const ctx = new WorkflowContext("run", {
    dependency: (name) => {
      throw new Error(`No dependency "${name}" outside a step.`)
    },
    workflowName: () => undefined,
  })
  const generator = start(ctx) as Generator<unknown, unknown, unknown>
  const timeouts: Record<string, number | readonly number[] | undefined> = {}
  let turn = generator.next()
  while (turn.done !== true && turn.value instanceof Operation) {
    const { spec } = turn.value
    if (spec.kind === "run") {
      const { name } = spec.fn
      timeouts[name] = spec.options.attemptTimeoutMs
      if (!(name in answers)) break
      turn = generator.next(answers[name])
    } else turn = generator.next(spec.kind === "value" ? 1_700_000_000_000 : undefined)
  }
  return timeouts
}

describe("a call to the ledger waits 4 s, then 8 s, then 16 s", () => {
  test("when an account is created", async () => {
    const guid = newGuid()
    const waits = await waitsOf("createAccounts", (ctx) => createLedgerAccount(ctx, guid))
    expect(waits).toEqual(PATIENCE_MS)
  })

  test.each(["createAccounts", "lookupAccounts"] as const)(
    "when a transfer is opened (%s)",
    async (call) => {
      const bankAccount = `patient-${crypto.randomUUID()}`
      const transfer = { transferId: "patient", bankAccount, amount: 1, reservationSeconds: 60 }
      const waits = await waitsOf(call, (ctx) =>
        openClearingAccount(ctx, { ...transfer, source: newGuid() }),
      )
      expect(waits).toEqual(PATIENCE_MS)
    },
  )
})

describe("an attempt that asks the ledger takes longer than its call, and one that hangs is seen after 5 s", () => {
  function expectPatient(timeouts: number | readonly number[] | undefined): void {
    if (typeof timeouts !== "object") throw new Error(`Expected a list, got ${timeouts}.`)
    expect(timeouts[0]).toBe(5_000)
    for (const attempt of ATTEMPTS) {
      const { timeoutMs = 0 } = patience({ attempt, signal: new AbortController().signal })
      expect(timeouts[attempt - 1] ?? timeouts.at(-1)).toBeGreaterThan(timeoutMs)
    }
  }

  test("account creation; its reference row has 5 s each time", () => {
    const timeouts = timeoutsOf((ctx) => createAccount(ctx, crypto.randomUUID()), {
      mintLedgerId: "7",
      insertReference: { type: "created" },
    })
    expectPatient(timeouts["createLedgerAccount"])
    expect(timeouts["insertReference"]).toBe(5_000)
  })

  test("ledger transfer; its bank has 5 s each time", () => {
    const given = { transferId: "t", source: "7", bankAccount: "b", amount: 1 }
    const refused = { type: "refused", status: "debit_account_already_closed" }
    const timeouts = timeoutsOf((ctx) => ledgerTransfer(ctx, given), {
      openClearingAccount: { type: "opened", sourceId: "7" },
      reserveAmount: { type: "reserved", reservationId: "1", sourceId: "7", expiresAtMs: 2e12 },
      creditBank: { type: "credited" },
      postReservation: refused,
      voidReservation: { type: "released" },
      collectAmount: refused,
      reverseCredit: { type: "reversed" },
    })
    const bank = ["creditBank", "reverseCredit"]
    expect(Object.keys(timeouts)).toHaveLength(7)
    for (const [name, timeoutMs] of Object.entries(timeouts)) {
      if (bank.includes(name)) expect(timeoutMs).toBe(5_000)
      else expectPatient(timeoutMs)
    }
  })
})
