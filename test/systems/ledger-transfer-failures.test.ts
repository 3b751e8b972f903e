// Ledger transfer under failure: lost replies, kills, a silent bank, reservations that end too early, money that cannot
// be collected, cancellations at every stage. At the end of each the two sides are compared.
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import { AccountFlags, TransferFlags } from "../../src/ledger/flags.ts"
import type { NewAccount } from "../../src/ledger/records.ts"
import {
  creditBank,
  fenceCredit,
  reverseCredit,
} from "../../src/systems/ledger-transfer/bank-steps.ts"
import { clearingAccount } from "../../src/systems/ledger-transfer/ledger-records.ts"
import { openClearingAccount } from "../../src/systems/ledger-transfer/opening-step.ts"
import { reserveAmount } from "../../src/systems/ledger-transfer/reservation-steps.ts"
import {
  collectAmount,
  postReservation,
  voidReservation,
} from "../../src/systems/ledger-transfer/settlement-steps.ts"
import {
  AMOUNT,
  byHand,
  cancel,
  closeBankAccount,
  closeSource,
  createAccount,
  createTransfer,
  drain,
  endedView,
  expectCommitted,
  fund,
  givenLedgerTransfer,
  ledgerIdOf,
  MOVED,
  moneyOf,
  namesOfSteps,
  PAID_BACK,
  start,
  untilAttempted,
  UNTOUCHED,
  viewOf,
  type GivenLedgerTransfer,
} from "./support/ledger-transfers.ts"
import { newGuid } from "./support/ledger-accounts.ts"
import { attemptsOf, crash, endOf, evict, send, stepsOf } from "./support/service.ts"
import { testLedger } from "./support/test-ledger.ts"

/** `closing`: the pending transfer that closes the source. */
interface Closed extends GivenLedgerTransfer {
  readonly closing: bigint
}

type Act = (transfer: GivenLedgerTransfer) => Promise<unknown>

/** What a step sends, sent by the test: the call that arrived although the step has not heard of it. */
const arrived = {
  reserveAmount: async (transfer) => {
    const { ctx, input } = await byHand(transfer)
    return reserveAmount(ctx, input, transfer.sourceId ?? transfer.source)
  },
  creditBank: async (transfer) => {
    const { ctx, input } = await byHand(transfer)
    return creditBank(ctx, input)
  },
  fenceCredit: async (transfer) => {
    const { ctx, input } = await byHand(transfer)
    return fenceCredit(ctx, input)
  },
  postReservation: async (transfer) => {
    const { ctx, input } = await byHand(transfer)
    return postReservation(ctx, input)
  },
  voidReservation: async (transfer) => {
    const { ctx, input } = await byHand(transfer)
    return voidReservation(ctx, input)
  },
  collectAmount: async (transfer) => {
    const { ctx, input } = await byHand(transfer)
    return collectAmount(ctx, input, transfer.sourceId ?? transfer.source)
  },
  reverseCredit: async (transfer) => {
    const { ctx, input } = await byHand(transfer)
    return reverseCredit(ctx, input)
  },
} as const satisfies Record<string, Act>

/** Somebody lets go of the reservation behind the run's back, as its timeout would. */
const releasedByHand: Act = async (transfer) => {
  const pending_id = await ledgerIdOf(transfer, "reserve")
  const flags = TransferFlags.void_pending_transfer
  expect(await createTransfer({ pending_id, flags })).toBe("created")
}

/** A transfer that the bank has paid out and that is about to be posted, two seconds later. */
async function givenPaidOut(fault = "", reservationSeconds?: number): Promise<GivenLedgerTransfer> {
  const transfer = await givenLedgerTransfer(reservationSeconds)
  await start(transfer, `postReservation:1:throw${fault}`)
  await untilAttempted(transfer, "postReservation")
  return transfer
}

describe.concurrent("lost replies and kills", () => {
  const steps = ["openClearingAccount", "reserveAmount", "creditBank", "postReservation"]

  test.each(steps.flatMap((step) => ["crash", "throw", "hang"].map((action) => [step, action])))(
    "%s: %s in the first attempt, then committed, each movement once",
    async (step, action) => {
      const transfer = await givenLedgerTransfer()
      await start(transfer, `${step}:1:${action}`)
      expect((await endedView(transfer)).body.status).toBe("committed")
      await expectCommitted(transfer)
      expect(await attemptsOf(transfer.runId, step)).toBe(2)
    },
  )

  test.each(["crash", "throw"])(
    "voidReservation: %s in the first attempt, then compensated",
    async (action) => {
      const transfer = await givenLedgerTransfer()
      await closeBankAccount(transfer.bankAccount)
      await start(transfer, `voidReservation:1:${action}`)
      expect((await endedView(transfer)).body.status).toBe("compensated")
      expect(await moneyOf(transfer)).toEqual(UNTOUCHED)
    },
  )

  test("killed after the reservation's checkpoint: it is not reserved again", async () => {
    const transfer = await givenLedgerTransfer()
    await start(transfer, "creditBank:1:hang")
    await untilAttempted(transfer, "creditBank")
    await crash(transfer.runId)
    await endedView(transfer)
    await expectCommitted(transfer)
    expect(await attemptsOf(transfer.runId, "reserveAmount")).toBe(1)
  })

  test.each(["reserveAmount", "creditBank", "postReservation"] as const)(
    "%s has arrived and its reply is lost: asked again, and the same counts",
    async (step) => {
      const transfer = await givenLedgerTransfer()
      await start(transfer, `${step}:1:throw`)
      await untilAttempted(transfer, step)
      await arrived[step](transfer)
      await endedView(transfer)
      await expectCommitted(transfer)
    },
  )

  test("the reply of a rejection is lost: rejected, although the source is richer by now", async () => {
    const transfer = await givenLedgerTransfer()
    await drain(transfer.source)
    await start(transfer, "reserveAmount:1:throw")
    await untilAttempted(transfer, "reserveAmount")
    expect(await arrived.reserveAmount(transfer)).toMatchObject({ reason: "exceeds_credits" })
    const sink = await createAccount()
    const funding = { credit_account_id: BigInt(transfer.source), ledger: 1, code: 1 }
    await createTransfer({ ...funding, debit_account_id: sink, amount: 5_000n })
    expect((await endedView(transfer)).body).toMatchObject({ status: "rejected" })
    expect(await moneyOf(transfer)).toMatchObject({ cleared: 0, pending: 0, paidOut: 0 })
  })

  test("a refusal that would not last, an overflow, is made final before the transfer is told no", async () => {
    const transfer = await givenLedgerTransfer()
    const clearing = await clearingAccount(transfer.bankAccount)
    await testLedger().createAccounts([clearing])
    const full = {
      id: BigInt(newGuid()),
      debit_account_id: await createAccount(),
      credit_account_id: clearing.id,
      amount: 2n ** 128n - 1n,
      ledger: 1,
      code: 9,
      flags: TransferFlags.pending,
    }
    expect((await testLedger().createTransfers([full]))[0]?.status).toBe("created")
    const { body } = await start(transfer, undefined, "?wait=10000")
    expect(body).toMatchObject({ status: "rejected", reason: expect.stringMatching(/^overflows_/) })
    const flags = TransferFlags.void_pending_transfer
    expect(await createTransfer({ pending_id: full.id, flags })).toBe("created")
    // There is room again, and a copy of the reservation that was still under way arrives.
    expect(await arrived.reserveAmount(transfer)).toMatchObject({ type: "rejected" })
    expect(await moneyOf(transfer)).toEqual(UNTOUCHED)
  })

  test("the reference loses the source's row between two attempts: what was reserved still counts", async () => {
    const uuid = crypto.randomUUID()
    const { guid } = (await send(`PUT /accounts/${uuid}`)).body
    await fund(BigInt(guid), 1_000)
    const given = await givenLedgerTransfer()
    const transfer = { ...given, sourceId: guid, body: { ...given.body, source: uuid } }
    await start(transfer, "reserveAmount:1:throw")
    await untilAttempted(transfer, "reserveAmount")
    await arrived.reserveAmount(transfer)
    await env.DB.prepare("DELETE FROM accounts WHERE uuid = ?1").bind(uuid).run()
    expect((await endedView(transfer)).body.status).toBe("committed")
    expect(await moneyOf({ ...transfer, source: guid })).toEqual(MOVED)
  })

  test("an eviction after the end changes nothing", async () => {
    const transfer = await givenLedgerTransfer()
    await start(transfer, undefined, "?wait=10000")
    await evict(transfer.runId)
    await expectCommitted(transfer)
  })
})

describe.concurrent("the bank is silent until its time is up", () => {
  test("it had not paid out: it is fenced, and the reservation let go of", async () => {
    const transfer = await givenLedgerTransfer(4)
    await start(transfer, "creditBank:*:hang")
    const { body } = await endedView(transfer)
    expect(body).toMatchObject({ status: "compensated", reason: "withdrawn" })
    expect(await moneyOf(transfer)).toEqual(UNTOUCHED)
    expect((await namesOfSteps(transfer)).slice(-3)).toEqual([
      "creditBank",
      "fenceCredit",
      "voidReservation",
    ])
    expect(await arrived.creditBank(transfer)).toEqual({ type: "refused", reason: "withdrawn" })
    expect(await moneyOf(transfer)).toEqual(UNTOUCHED)
  })

  test("it had paid out: the reservation is posted", async () => {
    const transfer = await givenLedgerTransfer(4)
    await start(transfer, "creditBank:*:hang")
    await untilAttempted(transfer, "creditBank")
    await arrived.creditBank(transfer)
    expect((await endedView(transfer)).body.status).toBe("committed")
    await expectCommitted(transfer)
    expect((await namesOfSteps(transfer)).slice(-2)).toEqual(["fenceCredit", "postReservation"])
  })

  test("and longer: the run goes on asking, and decides nothing before the bank has answered", async () => {
    const transfer = await givenLedgerTransfer(2)
    await start(transfer, "creditBank:*:throw,fenceCredit:1:throw,fenceCredit:2:throw")
    await untilAttempted(transfer, "fenceCredit", 2)
    expect((await viewOf(transfer)).body.status).toBe("processing")
    await arrived.creditBank(transfer)
    expect((await endedView(transfer)).body.status).toBe("committed")
    // By then the reservation had ended.
    expect((await namesOfSteps(transfer)).slice(-2)).toEqual(["postReservation", "collectAmount"])
    await expectCommitted(transfer)
  })

  test("a run that was away past its reservation's time does not pay out at all", async () => {
    const transfer = await givenLedgerTransfer(1)
    await start(transfer, "reserveAmount:1:throw")
    await untilAttempted(transfer, "reserveAmount")
    // The reservation stands, but by the time the run learns of it, it has ended.
    await arrived.reserveAmount(transfer)
    expect((await endedView(transfer)).body).toMatchObject({
      status: "compensated",
      reason: "withdrawn",
    })
    expect(await stepsOf(transfer.runId, "creditBank")).toEqual([])
    expect(await moneyOf(transfer)).toEqual(UNTOUCHED)
  })
})

describe.concurrent("paid out, and the reservation is gone", () => {
  test("expired: the amount is collected by a new transfer", async () => {
    const transfer = await givenPaidOut("", 2)
    expect((await endedView(transfer)).body.status).toBe("committed")
    await expectCommitted(transfer)
    const [post] = await stepsOf(transfer.runId, "postReservation")
    expect(post?.value).toEqual({ type: "gone", status: "pending_transfer_expired" })
    expect(await stepsOf(transfer.runId, "collectAmount")).toMatchObject([
      { value: { type: "collected" } },
    ])
  })

  test.each(["crash", "throw", "hang"])(
    "let go of by hand: collected, once, also when the first attempt is lost (%s)",
    async (action) => {
      const transfer = await givenPaidOut(`,collectAmount:1:${action}`)
      await releasedByHand(transfer)
      expect((await endedView(transfer)).body.status).toBe("committed")
      await expectCommitted(transfer)
      expect(await attemptsOf(transfer.runId, "collectAmount")).toBe(2)
    },
  )

  test.each(["", ",reverseCredit:1:crash", ",collectAmount:1:crash"])(
    "and the source cannot pay any more%s: the bank gives the money back",
    async (fault) => {
      const transfer = await givenPaidOut(fault)
      await releasedByHand(transfer)
      await drain(transfer.source)
      const { body } = await endedView(transfer)
      // Asked again, a ledger may have forgotten why it refused; a relay remembers for a while.
      const reason = expect.stringMatching(/^(exceeds_credits|id_already_failed)$/)
      expect(body).toMatchObject({ status: "compensated", reason })
      expect(await moneyOf(transfer)).toEqual({ ...PAID_BACK, debited: 1_000 })
      // A copy of the payout that was still under way comes too late.
      expect(await arrived.creditBank(transfer)).toEqual({ type: "refused", reason: "reversed" })
      expect(await moneyOf(transfer)).toEqual({ ...PAID_BACK, debited: 1_000 })
    },
  )

  test("and neither side can pay: the run halts with the amount; after a deposit, retry gives it back", async () => {
    const transfer = await givenPaidOut()
    const { id, runId, bankAccount } = transfer
    await releasedByHand(transfer)
    await drain(transfer.source)
    await spend(bankAccount, 200)
    const halted = (await endedView(transfer)).body
    expect(halted).toMatchObject({ status: "halted", error: { code: "panic" } })
    expect(halted.error.message).toContain(
      `${AMOUNT} was paid out to bank account '${bankAccount}' but cannot be collected: ${AMOUNT}`,
    )
    expect(await moneyOf(transfer)).toMatchObject({ paidOut: AMOUNT, cleared: 0 })

    // Too early: halted again, nothing taken, nothing given up.
    expect((await send(`POST /v1/runs/${runId}/retry`, { body: {} })).status).toBe(202)
    expect((await endOf(runId)).status).toBe("halted")

    const more = { body: { amount: 500 } }
    expect((await send(`POST /balances/${bankAccount}/deposits/more-${id}`, more)).status).toBe(201)
    expect((await send(`POST /v1/runs/${runId}/retry`, { body: {} })).status).toBe(202)
    expect((await endedView(transfer)).body.status).toBe("compensated")
    expect(await moneyOf(transfer)).toEqual({ ...PAID_BACK, debited: 1_000 })
    expect((await send(`GET /balances/${bankAccount}`)).body.balance).toBe(310)
  })
})

describe.concurrent("paid out, and the source was closed", () => {
  test("not posted, not collected: given back, and nothing stays reserved", async () => {
    const transfer = await givenPaidOut()
    await closeSource(transfer.source)
    const { body } = await endedView(transfer)
    expect(body).toMatchObject({ status: "compensated", reason: "debit_account_already_closed" })
    expect(await moneyOf(transfer)).toEqual(PAID_BACK)
    expect((await namesOfSteps(transfer)).slice(-4)).toEqual([
      "postReservation",
      "voidReservation",
      "collectAmount",
      "reverseCredit",
    ])
  })

  test("and opened again before it is collected: what is reserved pays, for nothing else is free", async () => {
    const transfer = await givenClosedAfterPayout(",collectAmount:1:throw", 600)
    await untilAttempted(transfer, "collectAmount")
    await openSource(transfer)
    // The bank could not give it back.
    await spend(transfer.bankAccount, 605)
    expect((await endedView(transfer)).body.status).toBe("committed")
    expect(await moneyOf(transfer)).toEqual({
      debited: 600,
      cleared: 600,
      paidOut: 600,
      pending: 0,
      entries: ["-payout"],
    })
    expect((await namesOfSteps(transfer)).slice(-3)).toEqual([
      "postReservation",
      "voidReservation",
      "collectAmount",
    ])
  })

  test.each(["crash", "throw", "hang"])(
    "the reservation is let go of once, also when the first attempt is lost (%s)",
    async (action) => {
      const transfer = await givenClosedAfterPayout(`,voidReservation:1:${action}`)
      const { body } = await endedView(transfer)
      expect(body).toMatchObject({ status: "compensated", reason: "debit_account_already_closed" })
      expect(await attemptsOf(transfer.runId, "voidReservation")).toBe(2)
      expect(await moneyOf(transfer)).toEqual(PAID_BACK)
    },
  )

  test("and the bank cannot give it back: halted with the amount, while nothing of it is reserved", async () => {
    const transfer = await givenClosedAfterPayout(",voidReservation:1:throw")
    await untilAttempted(transfer, "voidReservation")
    await spend(transfer.bankAccount, 305)
    const { body } = await endedView(transfer)
    expect(body.status).toBe("halted")
    expect(body.error.message).toContain(`${AMOUNT} is missing`)
    expect(await moneyOf(transfer)).toMatchObject({ pending: 0, paidOut: AMOUNT, debited: 0 })

    const more = { body: { amount: 500 } }
    const deposit = `POST /balances/${transfer.bankAccount}/deposits/more-${transfer.id}`
    expect((await send(deposit, more)).status).toBe(201)
    expect((await send(`POST /v1/runs/${transfer.runId}/retry`, { body: {} })).status).toBe(202)
    expect((await endedView(transfer)).body.status).toBe("compensated")
    expect(await moneyOf(transfer)).toEqual(PAID_BACK)
  })

  test("called off while its reservation is let go of: settled the same", async () => {
    const transfer = await givenClosedAfterPayout(",voidReservation:1:hang")
    await untilAttempted(transfer, "voidReservation")
    await arrived.voidReservation(transfer)
    await openSource(transfer)
    await cancel(transfer)
    expect((await viewOf(transfer)).body.outcome).toBe("committed")
    expect(await moneyOf(transfer)).toEqual(MOVED)
  })
})

describe.concurrent("somebody else's hand in the ledger", () => {
  test("the reservation was posted by hand although the bank refused: halted with the amount", async () => {
    const transfer = await givenLedgerTransfer()
    await closeBankAccount(transfer.bankAccount)
    await start(transfer, "voidReservation:1:throw")
    await untilAttempted(transfer, "voidReservation")
    await postedByHand(transfer)
    const { body } = await endedView(transfer)
    expect(body).toMatchObject({ status: "halted", error: { code: "panic" } })
    expect(body.error.message).toContain(`of ${AMOUNT} should be let go of`)
    expect(body.error.message).toContain("pending_transfer_already_posted")
  })

  test("the reservation of a payout was posted by hand: halted; skipped as posted, it is committed", async () => {
    const transfer = await givenPaidOut()
    await postedByHand(transfer)
    const { body } = await endedView(transfer)
    expect(body.status).toBe("halted")
    expect(body.error.message).toContain(`${AMOUNT} was paid out`)
    const path = await pathOf(transfer, "postReservation")
    const skip = { body: { path, value: { type: "posted" } } }
    expect((await send(`POST /v1/runs/${transfer.runId}/skip`, skip)).status).toBe(202)
    expect((await endedView(transfer)).body.status).toBe("committed")
    await expectCommitted(transfer)
  })

  test("a payout's reservation, refused its post, was posted by hand: halted; skipped as posted, it is committed", async () => {
    const transfer = await givenClosedAfterPayout(",voidReservation:1:throw")
    await untilAttempted(transfer, "voidReservation")
    await openSource(transfer)
    await postedByHand(transfer)
    const { body } = await endedView(transfer)
    expect(body.status).toBe("halted")
    expect(body.error.message).toContain(`${AMOUNT} was paid out`)
    expect(body.error.message).toContain("pending_transfer_already_posted")
    expect(body.error.message).toContain('skip voidReservation with {"type": "posted"}')
    const path = await pathOf(transfer, "voidReservation")
    const skip = { body: { path, value: { type: "posted" } } }
    expect((await send(`POST /v1/runs/${transfer.runId}/skip`, skip)).status).toBe(202)
    expect((await endedView(transfer)).body.status).toBe("committed")
    await expectCommitted(transfer)
  })

  test("another record has the reservation's id: the run fails and leaves it alone", async () => {
    const transfer = await givenLedgerTransfer()
    await start(transfer, "openClearingAccount:1:throw")
    await untilAttempted(transfer, "openClearingAccount")
    const foreign = await takeReservationId(transfer)
    const { body } = await endedView(transfer)
    expect(body).toMatchObject({
      status: "failed",
      outcome: "rejected",
      error: { code: "ledger_refused" },
    })
    expect(await namesOfSteps(transfer)).not.toContain("voidReservation")
    const [account] = await testLedger().lookupAccounts([foreign])
    expect(account?.debits_pending).toBe(7n)
    expect(await moneyOf(transfer)).toEqual(UNTOUCHED)
  })

  test.each<[string, Partial<NewAccount>]>([
    ["code", { code: 77 }],
    ["user data", { user_data_128: 5n }],
    ["ledger", { ledger: 2 }],
    // A ledger compares flags first, so its answer does not tell that the rest is different as well.
    ["code and flags", { code: 77, flags: AccountFlags.history }],
    ["user data and flags", { user_data_128: 5n, flags: AccountFlags.history }],
    ["ledger and flags", { ledger: 2, flags: AccountFlags.history }],
  ])(
    "another account, of another %s, has the clearing account's id: the run fails, and nothing is reserved",
    async (_difference, foreign) => {
      const transfer = await givenLedgerTransfer()
      const account = { ...(await clearingAccount(transfer.bankAccount)), ...foreign }
      expect((await testLedger().createAccounts([account]))[0]?.status).toBe("created")
      await start(transfer)
      const { body } = await endedView(transfer)
      expect(body).toMatchObject({
        status: "failed",
        outcome: "rejected",
        error: { code: "ledger_refused" },
      })
      expect(body.error.message).toContain(`clearing account ${account.id}`)
      expect(await moneyOf(transfer)).toEqual(UNTOUCHED)
      expect(await namesOfSteps(transfer)).not.toContain("reserveAmount")
    },
  )

  test("its own clearing account with a flag more is the clearing account all the same", async () => {
    const transfer = await givenLedgerTransfer()
    const account = await clearingAccount(transfer.bankAccount)
    await testLedger().createAccounts([{ ...account, flags: AccountFlags.history }])
    await start(transfer)
    expect((await endedView(transfer)).body.status).toBe("committed")
    await expectCommitted(transfer)
  })
})

interface Stage {
  readonly name: string
  readonly fault: string
  /** The step in whose attempt the cancellation comes. */
  readonly step: string
  readonly before?: Act
  /** What has happened of that attempt. */
  readonly arrived?: Act
  readonly outcome: string
  readonly money: Awaited<ReturnType<typeof moneyOf>>
}

const bankClosed: Act = ({ bankAccount }) => closeBankAccount(bankAccount)

/** Paid out, the reservation gone: the next step is under way. */
function afterPayout(
  step: string,
  after: readonly Act[],
): Pick<Stage, "fault" | "step"> & {
  readonly meanwhile: readonly Act[]
} {
  return { fault: `postReservation:1:throw,${step}:1:hang`, step, meanwhile: after }
}

describe.concurrent("cancelled", () => {
  const nothing = { outcome: "rejected", money: UNTOUCHED }
  const committed = { outcome: "committed", money: MOVED }
  const compensated = { outcome: "compensated", money: UNTOUCHED }
  const gone = afterPayout("collectAmount", [releasedByHand])
  const poor = afterPayout("reverseCredit", [releasedByHand, ({ source }) => drain(source)])
  const paidBack = { outcome: "compensated", money: { ...PAID_BACK, debited: 1_000 } }

  test.each<Stage & { readonly meanwhile?: readonly Act[] }>([
    {
      name: "before anything",
      fault: "openClearingAccount:1:hang",
      step: "openClearingAccount",
      ...nothing,
    },
    {
      name: "before the reservation",
      fault: "reserveAmount:1:hang",
      step: "reserveAmount",
      ...nothing,
    },
    {
      name: "in the reservation, which has arrived",
      fault: "reserveAmount:1:hang",
      step: "reserveAmount",
      arrived: arrived.reserveAmount,
      ...compensated,
    },
    { name: "before the payout", fault: "creditBank:1:hang", step: "creditBank", ...compensated },
    {
      name: "in the payout, which has arrived",
      fault: "creditBank:1:hang",
      step: "creditBank",
      arrived: arrived.creditBank,
      ...committed,
    },
    {
      name: "before the post",
      fault: "postReservation:1:hang",
      step: "postReservation",
      ...committed,
    },
    {
      name: "in the post, which has arrived",
      fault: "postReservation:1:hang",
      step: "postReservation",
      arrived: arrived.postReservation,
      ...committed,
    },
    {
      name: "before the void",
      fault: "voidReservation:1:hang",
      step: "voidReservation",
      before: bankClosed,
      ...compensated,
    },
    {
      name: "in the void, which has arrived",
      fault: "voidReservation:1:hang",
      step: "voidReservation",
      before: bankClosed,
      arrived: arrived.voidReservation,
      ...compensated,
    },
    { name: "before the collection", ...gone, ...committed },
    {
      name: "in the collection, which has arrived",
      ...gone,
      arrived: arrived.collectAmount,
      ...committed,
    },
    { name: "before the payback", ...poor, ...paidBack },
    {
      name: "in the payback, which has arrived",
      ...poor,
      arrived: arrived.reverseCredit,
      ...paidBack,
    },
  ])("$name: $outcome, nothing half done", async (stage) => {
    const transfer = await givenLedgerTransfer()
    await stage.before?.(transfer)
    await start(transfer, stage.fault)
    if (stage.meanwhile !== undefined) {
      await untilAttempted(transfer, "postReservation")
      for (const act of stage.meanwhile) await act(transfer)
    }
    await untilAttempted(transfer, stage.step)
    await stage.arrived?.(transfer)
    await cancel(transfer)
    const { body } = await viewOf(transfer)
    expect(body).toMatchObject({ status: "cancelled", outcome: stage.outcome })
    expect(await moneyOf(transfer)).toEqual(stage.money)
    // Whatever was still under way arrives now, and changes nothing. Where nothing was reserved, nothing was paid out.
    await arrived.reserveAmount(transfer)
    if (stage.outcome !== "rejected") await arrived.creditBank(transfer)
    expect(await moneyOf(transfer)).toEqual(stage.money)
  })

  test("while it asks the silent bank: it asks on, and the bank decides", async () => {
    const transfer = await givenLedgerTransfer(2)
    await start(transfer, "creditBank:*:throw,fenceCredit:1:hang")
    await untilAttempted(transfer, "fenceCredit")
    await arrived.creditBank(transfer)
    await cancel(transfer)
    expect((await viewOf(transfer)).body.outcome).toBe("committed")
    expect(await moneyOf(transfer)).toEqual(MOVED)
  })

  test("while a cancellation is being settled: it is settled all the same", async () => {
    const transfer = await givenLedgerTransfer()
    await start(transfer, "creditBank:1:hang,fenceCredit:1:throw,voidReservation:1:throw")
    await untilAttempted(transfer, "creditBank")
    const path = `POST /v1/runs/${transfer.runId}/cancel`
    expect((await send(path)).status).toBe(202)
    await untilAttempted(transfer, "fenceCredit")
    expect((await send(path)).status).toBe(202)
    expect((await endOf(transfer.runId)).status).toBe("cancelled")
    expect(await moneyOf(transfer)).toEqual(UNTOUCHED)
  })

  test("and neither side can pay: halted with the amount, and after retry cancelled and given back", async () => {
    const transfer = await givenPaidOut(",postReservation:2:hang")
    const { id, runId, bankAccount, source } = transfer
    await releasedByHand(transfer)
    await drain(source)
    await spend(bankAccount, 200)
    await untilAttempted(transfer, "postReservation", 2)
    expect((await send(`POST /v1/runs/${runId}/cancel`)).status).toBe(202)
    expect((await endOf(runId)).status).toBe("halted")
    await send(`POST /balances/${bankAccount}/deposits/more-${id}`, { body: { amount: 500 } })
    expect((await send(`POST /v1/runs/${runId}/retry`, { body: {} })).status).toBe(202)
    expect((await endOf(runId)).status).toBe("cancelled")
    expect(await moneyOf(transfer)).toEqual({ ...PAID_BACK, debited: 1_000 })
  })
})

describe.concurrent("past the deadline of its run", () => {
  test.each([
    ["creditBank:1:hang", "compensated", UNTOUCHED],
    ["reserveAmount:1:throw", "rejected", UNTOUCHED],
    ["postReservation:1:throw,postReservation#2:1:throw", "committed", MOVED],
  ])("%s: %s, nothing half done", async (fault, outcome, money) => {
    const transfer = await givenLedgerTransfer()
    const input = [{ transferId: transfer.id, ...transfer.body }]
    const body = { workflow: "ledgerTransfer", input, timeoutMs: 1_500 }
    await send(`POST /v1/runs/${transfer.runId}`, { body, fault })
    await endOf(transfer.runId)
    expect((await viewOf(transfer)).body.outcome).toBe(outcome)
    expect(await moneyOf(transfer)).toEqual(money)
  })
})

test("steps that are called by hand answer as the first time, however often", async () => {
  const transfer = await givenLedgerTransfer()
  await start(transfer, undefined, "?wait=10000")
  const { ctx, input } = await byHand(transfer)
  await openClearingAccount(ctx, input)
  expect(await reserveAmount(ctx, input, transfer.source)).toMatchObject({ type: "reserved" })
  expect(await creditBank(ctx, input)).toEqual({ type: "credited" })
  expect(await fenceCredit(ctx, input)).toEqual({ type: "credited" })
  expect(await postReservation(ctx, input)).toEqual({ type: "posted" })
  await expectCommitted(transfer)
})

/** As `givenPaidOut`, of this amount, and by the time it is posted the source is closed. */
async function givenClosedAfterPayout(fault: string, amount = AMOUNT): Promise<Closed> {
  const given = await givenLedgerTransfer()
  const transfer = { ...given, body: { ...given.body, amount } }
  await start(transfer, `postReservation:1:throw${fault}`)
  await untilAttempted(transfer, "postReservation")
  return { ...transfer, closing: await closeSource(transfer.source) }
}

async function openSource({ closing }: Closed): Promise<void> {
  const flags = TransferFlags.void_pending_transfer
  expect(await createTransfer({ pending_id: closing, flags })).toBe("created")
}

/** Moves money from the bank account to another, so that it cannot be given back. */
async function spend(bankAccount: string, amount: number): Promise<void> {
  const elsewhere = `elsewhere-${crypto.randomUUID()}`
  await send(`POST /balances/${elsewhere}/deposits/seed`, { body: { amount: 1 } })
  const spent = await send(`POST /transfers/${crypto.randomUUID()}?wait=10000`, {
    body: { source: bankAccount, target: elsewhere, amount },
  })
  expect(spent.body.status).toBe("committed")
}

async function postedByHand(transfer: GivenLedgerTransfer): Promise<void> {
  const pending_id = await ledgerIdOf(transfer, "reserve")
  const flags = TransferFlags.post_pending_transfer
  expect(await createTransfer({ pending_id, flags, amount: BigInt(AMOUNT) })).toBe("created")
}

/** Another pending transfer of 7 under the id of the reservation to come; gives the account it debits. */
async function takeReservationId(transfer: GivenLedgerTransfer): Promise<bigint> {
  const [debit_account_id, credit_account_id] = await Promise.all([
    createAccount(),
    createAccount(),
  ])
  const id = await ledgerIdOf(transfer, "reserve")
  const flags = TransferFlags.pending
  const pending = { id, debit_account_id, credit_account_id, amount: 7n, ledger: 1, code: 1, flags }
  const [outcome] = await testLedger().createTransfers([pending])
  expect(outcome?.status).toBe("created")
  return debit_account_id
}

async function pathOf({ runId }: GivenLedgerTransfer, step: string): Promise<string> {
  const [entry] = await stepsOf(runId, step)
  return entry?.path ?? ""
}
