// The four generator bodies printed in the seeds, with nothing changed but their imports; the Python saga in literal
// translation. The step functions around them are this file's own.
// Their `any`, `==` and `!` are the seeds' own as well, so the linter looks away for these lines.

import { describe, expect, test } from "vitest"
import { type Context, type StepContext, Never } from "../../src/engine/index.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import { World } from "../support/world.ts"

describe("seed: account creation (write last, read first)", () => {
  type Created = { type: "created" | "exists_same" | "exists_diff" }

  interface Stores {
    guid: string
    reference: () => Created
    record: () => Created
  }

  function accountWorld(stores: Partial<Stores> = {}): Promise<World> {
    const created = (): Created => ({ type: "created" })
    const { guid = "2000", reference = created, record = created } = stores
    return World.of(
      (steps) => {
        const generateId = () => BigInt(guid)
        const sqCreateAccount = steps.async(
          "sqCreateAccount",
          (_ctx: StepContext, _uuid: string, _guid: string) => reference(),
        )
        const tbCreateAccount = steps.async("tbCreateAccount", (_ctx: StepContext, _guid: string) =>
          record(),
        )

        /* oxlint-disable typescript/no-explicit-any, eqeqeq, no-unused-vars */
        function* createAccount(
          context: Context,
          uuid: string,
        ): Generator<any, { uuid: string; guid: string }, any> {
          // Generate a random account id
          const guid = yield* context.run(function (context: Context) {
            return generateId().toString()
          })
          // Create account in SQLite
          const sqResult = yield* context.run(sqCreateAccount, uuid, guid)
          // Panic and alert the operator if the account exists
          // but with different values
          yield* context.panic(sqResult.type == "exists_diff")
          // Create account in TigerBeetle
          const tbResult = yield* context.run(tbCreateAccount, guid)
          // Panic and alert the operator if the account exists
          // but with different values
          yield* context.panic(tbResult.type == "exists_diff")
          // Panic and alert the operator if ordering was violated
          yield* context.panic(sqResult.type == "created" && tbResult.type == "exists_same")
          return { uuid, guid }
        }
        /* oxlint-enable typescript/no-explicit-any, eqeqeq, no-unused-vars */
        return createAccount
      },
      { id: "create-account-u1", input: ["u1"] },
    )
  }

  const types = ["created", "exists_same", "exists_diff"] as const
  const table: readonly (readonly [Created["type"], Created["type"], "ok" | "panic"])[] =
    types.flatMap((reference) =>
      types.map((record) => {
        const isPanic =
          reference === "exists_diff" ||
          record === "exists_diff" ||
          (reference === "created" && record === "exists_same")
        return [reference, record, isPanic ? "panic" : "ok"] as const
      }),
    )
  test.each(table)("reference %s, record %s: %s", async (reference, record, expected) => {
    const world = await accountWorld({
      reference: () => ({ type: reference }),
      record: () => ({ type: record }),
    })
    if (expected === "ok") expect(world.value).toEqual({ uuid: "u1", guid: "2000" })
    else expect(world.halt).toMatchObject({ code: "panic", details: { number: 98 } })
    expect(world.steps.callsOf("tbCreateAccount").length).toBe(reference === "exists_diff" ? 0 : 1)
    await expectSameReplay(world)
  })

  test("the anonymous step runs once: the guid is the same after a crash", async () => {
    const world = await accountWorld()
    expect(world.lines[0]).toBe("completed 0 anonymous")
    expect(world.steps.callsOf("sqCreateAccount")[0]?.input).toEqual(["u1", "2000"])
    expect(world.steps.callsOf("tbCreateAccount")[0]?.input).toEqual(["2000"])
  })
})

describe("seed: order over HTTP", () => {
  interface Order {
    id: string
    items: { sku: string; qty: number; price: number }[]
    customer: { id: string; email: string }
  }

  interface OrderResult {
    orderId: string
    inventoryReserved: boolean
    paymentCharged: boolean
    confirmationSent: boolean
    total: number
  }

  const order: Order = {
    id: "ord-1",
    items: [
      { sku: "widget-001", qty: 2, price: 2_999 },
      { sku: "gadget-001", qty: 1, price: 999 },
    ],
    customer: { id: "c1", email: "c1@example.com" },
  }

  function orderWorld(simulateCrash: boolean): Promise<World> {
    return World.of(
      (steps) => {
        let tries = 0
        const validateOrder = steps.async(
          "validateOrder",
          (_ctx: StepContext, _order: Order) => undefined,
        )
        const reserveInventory = steps.async(
          "reserveInventory",
          (_ctx: StepContext, _order: Order, simulateCrash: boolean) => {
            if (simulateCrash && ++tries === 1) throw new Error("Warehouse API timeout")
          },
        )
        const chargePayment = steps.async(
          "chargePayment",
          (_ctx: StepContext, order: Order) => `ch_${order.id}`,
        )
        const sendConfirmation = steps.async(
          "sendConfirmation",
          (_ctx: StepContext, _order: Order, _chargeId: string) => undefined,
        )

        /* oxlint-disable typescript/no-explicit-any */
        function* processOrder(
          ctx: Context,
          order: Order,
          simulateCrash: boolean,
        ): Generator<any, OrderResult, any> {
          // Step 1: Validate — runs once and is checkpointed
          yield* ctx.run(validateOrder, order)
          // Step 2: Reserve inventory — checkpointed. Crash here → retries step 2 only.
          // validate() does NOT re-run.
          yield* ctx.run(reserveInventory, order, simulateCrash)
          // Step 3: Charge payment — only runs after inventory is confirmed
          const chargeId = yield* ctx.run(chargePayment, order)
          // Step 4: Send confirmation — only runs after charge succeeds
          yield* ctx.run(sendConfirmation, order, chargeId)
          const total = order.items.reduce((sum, i) => sum + i.price * i.qty, 0)
          return {
            orderId: order.id,
            inventoryReserved: true,
            paymentCharged: true,
            confirmationSent: true,
            total,
          }
        }
        /* oxlint-enable typescript/no-explicit-any */
        return processOrder
      },
      { id: "order/ord-1", input: [order, simulateCrash] },
    )
  }

  const result: OrderResult = {
    orderId: "ord-1",
    inventoryReserved: true,
    paymentCharged: true,
    confirmationSent: true,
    total: 6_997,
  }

  test("each step once, in order", async () => {
    const world = await orderWorld(false)
    expect(world.value).toEqual(result)
    expect(world.steps.calls.map(({ name }) => name)).toEqual([
      "validateOrder",
      "reserveInventory",
      "chargePayment",
      "sendConfirmation",
    ])
    await expectSameReplay(world)
  })

  test("with the crash argument only the reservation is tried again, after two seconds", async () => {
    const world = await orderWorld(true)
    expect(world.logs[0]?.fields).toMatchObject({ step: "reserveInventory", retryInMs: 2_000 })
    await world.advance(1_999)
    expect(world.isOver).toBe(false)
    await world.advance(1)
    expect(world.value).toEqual(result)
    expect(world.steps.callsOf("validateOrder")).toHaveLength(1)
    expect(world.steps.callsOf("reserveInventory").map(({ attempt }) => attempt)).toEqual([1, 2])
    expect(world.steps.callsOf("chargePayment")).toHaveLength(1)
    await expectSameReplay(world)
  })
})

describe("seed: event stream", () => {
  interface UserEvent {
    eventId: string
    type: string
  }

  interface Projection {
    userId: string
    applied: string[]
    eventsProcessed: number
  }

  interface ProjectionResult {
    userId: string
    eventsProcessed: number
    finalProjection: Projection
  }

  const events: UserEvent[] = Array.from({ length: 8 }, (_, index) => ({
    eventId: `evt_00${index + 1}`,
    type: "OrderPlaced",
  }))

  function streamWorld(crashAtIndex: number): Promise<World> {
    return World.of(
      (steps) => {
        const attemptMap = new Map<number, number>()
        const initialProjection = (userId: string): Projection => ({
          userId,
          applied: [],
          eventsProcessed: 0,
        })
        const applyEvent = steps.async(
          "applyEvent",
          (
            _: StepContext,
            index: number,
            event: UserEvent,
            state: Projection,
            crashAtIndex: number,
          ) => {
            const attempt = (attemptMap.get(index) ?? 0) + 1
            attemptMap.set(index, attempt)
            if (crashAtIndex === index && attempt === 1) {
              throw new Error(`Projection store write failed for event ${event.eventId}`)
            }
            return {
              ...state,
              applied: [...state.applied, event.eventId],
              eventsProcessed: state.eventsProcessed + 1,
            }
          },
        )

        /* oxlint-disable typescript/no-explicit-any, typescript/no-non-null-assertion */
        function* processEventStream(
          ctx: Context,
          userId: string,
          events: UserEvent[],
          crashAtIndex: number,
        ): Generator<any, ProjectionResult, any> {
          // Start with empty projection
          let projection = initialProjection(userId)

          // ...
          for (let i = 0; i < events.length; i++) {
            const event = events[i]!
            projection = yield* ctx.run(applyEvent, i, event, projection, crashAtIndex)
          }

          return {
            userId,
            eventsProcessed: projection.eventsProcessed,
            finalProjection: projection,
          }
        }
        /* oxlint-enable typescript/no-explicit-any, typescript/no-non-null-assertion */
        return processEventStream
      },
      { id: "projection/u1", input: ["u1", events, crashAtIndex] },
    )
  }

  test("one checkpoint an event", async () => {
    const world = await streamWorld(-1)
    expect(world.value).toMatchObject({ userId: "u1", eventsProcessed: 8 })
    expect(world.steps.callsOf("applyEvent")).toHaveLength(8)
    await expectSameReplay(world)
  })

  test("with the crash argument event 5 alone is tried again, and the projection is the same", async () => {
    const happy = await streamWorld(-1)
    const world = await streamWorld(5)
    await world.advance(1_000)
    await world.crash()
    await world.advance(1_000)
    // The process that forgot its attempts fails once more, as the seed's map of attempts would.
    while (!world.isOver) await world.advanceToNextDue()
    expect(world.value).toEqual(happy.value)
    const tries = world.steps.callsOf("applyEvent").map(({ input }) => input[0])
    expect(tries.filter((index) => index !== 5)).toEqual([0, 1, 2, 3, 4, 6, 7])
    await expectSameReplay(world)
  })
})

describe("seed: money transfer saga, from Python", () => {
  function sagaWorld(simulateCreditFailure: boolean): Promise<World> {
    return World.of(
      (steps) => {
        const applyEntry = steps.sync(
          "applyEntry",
          (_ctx: StepContext, opId: string, _account: string, _amount: number, _note: string) =>
            opId,
        )
        const creditTarget = steps.sync(
          "creditTarget",
          (
            _: StepContext,
            opId: string,
            account: string,
            _amount: number,
            options: { fail: boolean },
          ) => {
            if (options.fail) throw new Error(`target account '${account}' rejected the credit`)
            return opId
          },
        )
        const print = (_line: string) => undefined

        function* transferMoney(
          ctx: Context,
          transferId: string,
          source: string,
          target: string,
          amount: number,
          { simulateCreditFailure = false }: { simulateCreditFailure?: boolean },
        ) {
          // ...
          const debitId = `${transferId}-debit`
          const creditId = `${transferId}-credit`
          const reversalId = `${transferId}-reversal`
          // Step 1 — debit the source (durable checkpoint).
          yield* ctx.run(applyEntry, debitId, source, -amount, "debit")
          // Step 2 — credit the target (durable checkpoint). On failure,
          // compensate by reversing the debit, then re-raise so the caller
          // sees the saga aborted.
          //
          // `retryPolicy: Never()` is intentional here: this saga's compensation
          // IS the response to a credit-side failure. In production you might
          // use a few retries first (network blips happen) and only compensate
          // once the upstream has clearly rejected the credit.
          try {
            yield* ctx.run(
              creditTarget,
              creditId,
              target,
              amount,
              { fail: simulateCreditFailure },
              ctx.options({ retryPolicy: new Never() }),
            )
          } catch (err) {
            print(`[saga] credit failed: ${String(err)}. Compensating...`)
            // Compensating action — also durable + idempotent.
            yield* ctx.run(applyEntry, reversalId, source, amount, "reversal")
            return {
              transferId,
              status: "compensated",
              error: (err as Error).message,
            }
          }
          print(`[saga] transfer ${transferId} committed`)
          return {
            transferId,
            status: "committed",
            source,
            target,
            amount,
          }
        }
        return transferMoney
      },
      {
        id: "transfer-001",
        input: ["transfer-001", "alice", "bob", 50, { simulateCreditFailure }],
      },
    )
  }

  test("committed: debit, then credit", async () => {
    const world = await sagaWorld(false)
    expect(world.value).toEqual({
      transferId: "transfer-001",
      status: "committed",
      source: "alice",
      target: "bob",
      amount: 50,
    })
    expect(world.steps.calls.map(({ input }) => input[0])).toEqual([
      "transfer-001-debit",
      "transfer-001-credit",
    ])
    await expectSameReplay(world)
  })

  test("compensated at the first failure, without a retry", async () => {
    const world = await sagaWorld(true)
    expect(world.value).toEqual({
      transferId: "transfer-001",
      status: "compensated",
      error: "target account 'bob' rejected the credit",
    })
    expect(world.steps.calls.map(({ input }) => [input[0], input[2]])).toEqual([
      ["transfer-001-debit", -50],
      ["transfer-001-credit", 50],
      ["transfer-001-reversal", 50],
    ])
    await expectSameReplay(world)
  })
})
