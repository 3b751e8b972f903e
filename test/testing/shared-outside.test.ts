// Shared outside: effects that are shown without being made anew for each run: what is told from how they grow.
import { expect, test } from "vitest"
import type { Context, StepContext } from "../../src/engine/index.ts"
import { crashEverywhere } from "../../src/testing/index.ts"

const outside = { alice: 100, rows: [{ id: "bob", cents: 5 }], units: 1n, log: "" }

test.each<readonly [string, () => unknown, string, string]>([
  ["a debit", () => (outside.alice -= 10), "10 less", "20 less"],
  ["a row of a table", () => ((outside.rows[0] ?? { cents: 0 }).cents += 5), "5 more", "10 more"],
  ["a large number", () => outside.units++, "1 more", "2 more"],
  ["a text", () => (outside.log += "sent;"), "5 more", "10 more"],
])("made twice: %s", async (_, touch, expected, found) => {
  const change = async () => String(touch())
  function* order(ctx: Context) {
    yield* ctx.run(async () => void (await change()))
  }
  await expect(crashEverywhere(order, [], { effects: () => outside })).rejects.toMatchObject({
    findings: [{ kind: "effects", expected, found }],
  })
})

test("made twice, among effects that only the first run of all makes", async () => {
  const known = new Set<string>()
  const sent: string[] = []
  function* order(ctx: Context) {
    yield* ctx.run(async ({ idempotencyKey }: StepContext) => {
      if (!known.has(idempotencyKey)) sent.push("charge")
      known.add(idempotencyKey)
    })
    yield* ctx.run(async () => void sent.push("mail"))
  }
  await expect(crashEverywhere(order, [], { effects: () => sent })).rejects.toMatchObject({
    findings: [{ kind: "effects", expected: "1 more", found: "2 more" }],
  })
})

test("made once: a booking under an id that a step made", async () => {
  const bookings = new Map<string, number>()
  const mint = async () => crypto.randomUUID()
  function* order(ctx: Context) {
    const id = yield* ctx.run(mint)
    yield* ctx.run(async (_: StepContext, under: string) => void bookings.set(under, 500), id)
  }
  expect((await crashEverywhere(order, [], { effects: () => bookings })).ok).toBe(true)
})

test("an outside or a list of names that could not be used as it is given", async () => {
  function* order(ctx: Context) {
    yield* ctx.sleep(5)
  }
  const shown = { effects: [] } as unknown as { effects: () => unknown }
  await expect(crashEverywhere(order, [], shown)).rejects.toThrow(
    "effects is a function, called for each run: `effects: () => charges`; got a list.",
  )
  await expect(crashEverywhere(order, [], { world: () => shown })).rejects.toThrow(
    "effects is a function",
  )
  const named = { pure: "charge" } as unknown as { pure: string[] }
  await expect(crashEverywhere(order, [], named)).rejects.toThrow("pure is a list of names")
})
