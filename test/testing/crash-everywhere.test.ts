// Crash everywhere: the report, the bounds, shared and new outsides, and that nothing of it is left behind.
import { afterEach, describe, expect, test, vi } from "vitest"
import type { Context, StepContext } from "../../src/engine/index.ts"
import { crashEverywhere, FindingsError } from "../../src/testing/index.ts"

const bank = {
  booked: new Set<string>(),
  total: 0,
  async charge(key: string, cents: number): Promise<void> {
    if (this.booked.has(key)) return
    this.booked.add(key)
    this.total += cents
  },
}
const dependencies = { bank }

async function charge(ctx: StepContext, cents: number) {
  await ctx.getDependency<typeof bank>("bank").charge(ctx.idempotencyKey, cents)
  return cents
}
async function chargeBlindly(ctx: StepContext, cents: number) {
  await ctx.getDependency<typeof bank>("bank").charge(crypto.randomUUID(), cents)
  return cents
}
const double = (_: StepContext, n: number) => 2 * n

function* buy(ctx: Context, cents: number) {
  const twice = yield* ctx.run(double, cents)
  yield* ctx.sleep(60_000)
  return yield* ctx.run(charge, twice)
}
function* buyBlindly(ctx: Context, cents: number) {
  return yield* ctx.run(chargeBlindly, cents)
}

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

test("the five lines: a new workflow is proved crash safe", async () => {
  const report = await crashEverywhere(buy, [500], { dependencies })
  expect(report).toMatchObject({
    ok: true,
    workflow: "buy",
    status: "completed",
    result: 1_000,
    writes: 5,
    calls: 1,
    points: 13,
    crashes: 13,
    skipped: 0,
    findings: [],
    run: { elapsedMs: 60_000 },
  })
})

test("a step that takes its time is a call out, also where its mock does not", async () => {
  const report = await crashEverywhere(buy, [500], { steps: { charge: () => 7, double: 3 } })
  expect(report).toMatchObject({ result: 7, writes: 5, calls: 1, crashes: 13 })
})

test("the error says everything that was found, and carries the report", async () => {
  const error: unknown = await crashEverywhere(buyBlindly, [5], { dependencies }).catch(
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(FindingsError)
  const { message, report } = error as FindingsError<{ ok: boolean; crashes: number }>
  expect(report).toMatchObject({ ok: false, crashes: 7, status: "completed" })
  expect(message).toMatch(/^Workflow "buyBlindly" is not crash safe: 1 finding in 7 crashes\./)
  expect(message).toContain('1. effect without idempotency key: step "chargeBlindly" (path 0)')
  expect(message).toContain("killed after attempt 1 of step")
})

describe("the outside", () => {
  test("a shared one, put back before each run, is compared exactly", async () => {
    const reset = () => {
      bank.booked.clear()
      bank.total = 0
    }
    const effects = () => bank.total
    const options = { dependencies, effects, reset }
    expect((await crashEverywhere(buy, [5], options)).ok).toBe(true)
    await expect(crashEverywhere(buyBlindly, [5], options)).rejects.toThrow("expected 5, found 10")
    // An effect that a crash has lost is found as well.
    async function forgetful(ctx: StepContext) {
      if (ctx.attempt === 1) await bank.charge(ctx.idempotencyKey, 5)
    }
    function* lossy(ctx: Context) {
      yield* ctx.run(forgetful)
    }
    await expect(crashEverywhere(lossy, [], options)).rejects.toThrow("expected 5, found 0")
  })

  test("a shared one that nobody puts back", async () => {
    const options = { dependencies, effects: () => bank.total }
    expect((await crashEverywhere(buy, [5], options)).ok).toBe(true)
    await expect(crashEverywhere(buyBlindly, [5], options)).rejects.toThrow("10 more")
  })

  test("one that takes its time to look at, with an input of its own for each run", async () => {
    const seen: number[] = []
    const world = async () => {
      const own = { ...bank, booked: new Set<string>(), total: 0 }
      const cents = seen.push(0)
      return { dependencies: { bank: own }, input: [cents], effects: async () => own.booked.size }
    }
    expect((await crashEverywhere(buy, [0], { world })).ok).toBe(true)
    expect(seen.length).toBeGreaterThan(10)
    await expect(crashEverywhere(buyBlindly, [0], { world })).rejects.toThrow("expected 1, found 2")
  })

  test("where it is shown, nobody is asked for a key: an outside may know an order by its own id", async () => {
    const orders = new Map<number, string>()
    const place = async (_: StepContext, id: number) => {
      orders.set(id, "placed")
    }
    function* order(ctx: Context, id: number) {
      yield* ctx.run(place, id)
    }
    await expect(crashEverywhere(order, 7)).rejects.toThrow("(orders.set)")
    const options = { effects: () => orders, reset: () => orders.clear() }
    expect((await crashEverywhere(order, 7, options)).ok).toBe(true)
  })

  test("whoever is accused wrongly is named", async () => {
    for (const options of [{ pure: ["chargeBlindly"] }, { idempotent: ["chargeBlindly"] }]) {
      expect((await crashEverywhere(buyBlindly, [5], { dependencies, ...options })).ok).toBe(true)
    }
  })

  test("compare says what counts", async () => {
    const attemptOf = async ({ attempt }: StepContext) => ({ attempt, state: "done" })
    function* told(ctx: Context) {
      return yield* ctx.run(attemptOf)
    }
    await expect(crashEverywhere(told)).rejects.toThrow("at result.attempt expected 1, found 2")
    const report = await crashEverywhere(told, [], { compare: ({ status }) => status })
    expect(report.ok).toBe(true)
  })
})

describe("bounds", () => {
  test("more moments than maxCrashes: evenly tried, and said", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined)
    const report = await crashEverywhere(buy, 5, { dependencies, maxCrashes: 4 })
    expect(report).toMatchObject({ points: 13, crashes: 4, skipped: 9 })
    expect(warn.mock.calls).toEqual([[expect.stringContaining("tried 4 of the 13 moments")]])
    await expect(crashEverywhere(buy, 5, { maxCrashes: 0 })).rejects.toThrow("maxCrashes is 0")
  })

  test("a step that always fails, and one that hangs without saying so", async () => {
    const boom = async (): Promise<never> => {
      throw new Error("boom")
    }
    function* failing(ctx: Context) {
      return yield* ctx.run(boom)
    }
    const failed = await crashEverywhere(failing, [], { attemptsMax: 5 })
    expect(failed).toMatchObject({ status: "suspended", run: { waitingFor: [{ kind: "retry" }] } })
    const steps = { boom: () => new Promise(() => undefined) }
    const hung = await crashEverywhere(failing, [], { steps, attemptsMax: 3, patienceMs: 50 })
    expect(hung).toMatchObject({ ok: true, status: "running" })
  })

  test("an option that is none", async () => {
    const options = { effect: () => 1 } as object
    await expect(crashEverywhere(buy, 5, options)).rejects.toThrow('there is no option "effect"')
  })
})

function globals(): unknown[] {
  const places: readonly (readonly [object, string])[] = [
    [globalThis, "Date"],
    [Date, "now"],
    [Math, "random"],
    [crypto, "randomUUID"],
    [performance, "now"],
    [globalThis, "fetch"],
    [globalThis, "setTimeout"],
  ]
  return places.map(([owner, key]): unknown => Reflect.get(owner, key))
}

describe("nothing is left behind", () => {
  function* unlucky(ctx: Context) {
    yield* ctx.run(double, 1)
    return [Math.random(), Date.now(), new Date().getTime(), performance.now()]
  }

  test("the globals are themselves again, also beside a sweep and after a body that throws", async () => {
    const before = globals()
    function* throwing(ctx: Context) {
      yield* ctx.run(double, 1)
      throw new Error(String(Math.random()))
    }
    const sweeps = [unlucky, throwing, buy].map((each, index) =>
      crashEverywhere(each as typeof buy, [1], { dependencies }).then(
        () => `${index} ok`,
        (error: unknown) => `${index} ${(error as FindingsError<unknown>).findings[0]?.kind}`,
      ),
    )
    // What goes on beside them meets the real clock.
    const yearsBefore = new Date().getFullYear()
    expect(await Promise.all(sweeps)).toEqual(["0 random", "1 random", "2 ok"])
    expect(new Date().getFullYear()).toBe(yearsBefore)
    expect(globals().every((each, index) => each === before[index])).toBe(true)
    expect(Object.hasOwn(crypto, "randomUUID")).toBe(false)
  })

  test("a test's own fake timers and spies stay, and are no way round", async () => {
    vi.useFakeTimers()
    vi.setSystemTime(new Date("2030-01-01"))
    vi.spyOn(Math, "random").mockReturnValue(0.25)
    const error: unknown = await crashEverywhere(unlucky).catch((thrown: unknown) => thrown)
    const calls = (error as FindingsError<unknown>).findings.map(({ call }) => call)
    expect(calls).toEqual(expect.arrayContaining(["Math.random()", "Date.now()", "new Date()"]))
    expect([new Date().getFullYear(), Math.random()]).toEqual([2030, 0.25])
  })

  test("a date that the body makes of a number is a date", async () => {
    function* dated(ctx: Context) {
      const at = new Date(yield* ctx.date.now())
      yield* ctx.sleep({ until: new Date(at.getTime() + 5) })
      return [at, at instanceof Date, new Date("2026-01-01"), Date.UTC(2026, 0)]
    }
    const { result } = await crashEverywhere(dated)
    const created = new Date("2026-01-01")
    expect(result).toEqual([created, true, created, created.getTime()])
  })
})
