// The journal as people read it: one entry an operation, in pages that fit together whatever they hold.

import { describe, expect, it } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { Constant, Never } from "../../src/engine/steps/retry.ts"
import type { JournalEntryRecord } from "../../src/engine/ports/runs.ts"
import {
  begin,
  codeOf,
  crash,
  endOf,
  journalOf,
  resultOf,
  runs,
  suspended,
} from "./support/runs.ts"

const plain = (_: StepContext, value: unknown) => value
const slow = async (_: StepContext, value: unknown) => value

/** Pages through the journal with this limit. */
async function pagesOf(id: string, limit: number): Promise<JournalEntryRecord[][]> {
  const pages: JournalEntryRecord[][] = []
  for (let after: string | undefined; ;) {
    const page = await runs.journal(id, after, limit)
    pages.push([...page.entries])
    if (page.next === undefined) return pages
    after = page.next
  }
}

describe("the journal", () => {
  it("shows each kind of operation with its state, attempts and times", async () => {
    let failures = 1
    const flaky = async () => {
      if (failures-- > 0) throw new Error("once")
      return "ok"
    }
    const fail = async () => {
      throw new Error("for good")
    }
    function* inner(ctx: Context) {
      return yield* ctx.run(slow, "inner")
    }
    const { id } = await begin(function* (ctx) {
      yield* ctx.run(plain, 1)
      yield* ctx.run(flaky, ctx.options({ retryPolicy: Constant({ delayMs: 1 }) }))
      yield* ctx.sleep(1)
      yield* ctx.publish("p", 1)
      const promise = yield* ctx.promise({ timeoutMs: 1 })
      yield* ctx.allSettled({
        promise,
        inner: ctx.run(inner),
        update: ctx.receive("u", { timeoutMs: 1 }),
        fail: ctx.run(fail, ctx.options({ retryPolicy: Never() })),
      })
      yield* ctx.race({ a: ctx.signal("a", { timeoutMs: 1 }), b: ctx.sleep(60_000) })
    })
    await endOf(id)
    const entries = await journalOf(id)
    const shown = entries.map(({ path, kind, name, state, attempts }) =>
      [path, kind, name ?? "", state, attempts].join(" "),
    )
    expect(shown).toEqual([
      "0 step plain completed 1",
      "1 step flaky completed 2",
      "2 timer  completed 0",
      "3 publish p completed 1",
      "4 promise  timed_out 0",
      "5 all allSettled completed 0",
      "5.1 step inner completed 0",
      "5.2 update u timed_out 0",
      "5.3 step fail failed 1",
      "5.1.0 step slow completed 1",
      "6 race race failed 0",
      "6.0 signal a timed_out 0",
      "6.1 timer  cancelled 0",
    ])
    for (const { createdAtMs, settledAtMs } of entries) {
      expect(settledAtMs).toBeGreaterThanOrEqual(createdAtMs)
    }
  })

  it("shows what is under way, over a crash", async () => {
    const { id } = await begin(function* (ctx) {
      const promise = yield* ctx.promise()
      yield* ctx.all([
        promise,
        ctx.signal("s"),
        ctx.receive("u"),
        ctx.sleep(60_000),
        ctx.run(async () => new Promise(() => undefined), ctx.options({ name: "hang" })),
        ctx.run(function* sub(inner: Context) {
          yield* inner.signal("s2")
        }),
      ])
    })
    await crash(id)
    await runs.get(id)
    const shown = (await journalOf(id)).map(({ path, kind, state, attempts }) =>
      [path, kind, state, attempts].join(" "),
    )
    expect(shown).toEqual([
      "0 promise waiting 0",
      "1 all waiting 0",
      "1.1 signal waiting 0",
      "1.2 update waiting 0",
      "1.3 timer waiting 0",
      "1.4 step started 2",
      "1.5 step started 0",
      "1.5.0 signal waiting 0",
    ])
    await runs.kill(id, {})
  })

  it("never holds a promise's token", async () => {
    const { id } = await begin(function* (ctx) {
      const promise = yield* ctx.promise()
      yield* ctx.signal("go")
      return promise.id
    })
    const token = (await suspended(id)).waitingFor.find(({ kind }) => kind === "promise")?.token
    expect(token).toMatch(/\S{30,}/)
    expect(JSON.stringify(await journalOf(id))).not.toContain(token)
    await runs.kill(id, {})
    expect(JSON.stringify(await journalOf(id))).not.toContain(token)
  })

  it.each([1, 2, 7, 99, 100, 101, 1_000])(
    "in pages of %d is the same, once each",
    async (limit) => {
      const { id } = await begin(function* (ctx) {
        const late = yield* ctx.beginRun(function* lateOne(inner: Context) {
          yield* inner.signal("end")
          return "late"
        })
        for (let n = 0; n < 97; n++) yield* n % 3 === 0 ? ctx.run(slow, n) : ctx.run(plain, n)
        yield* ctx.signal("end")
        return yield* late
      })
      await suspended(id)
      const open = (await pagesOf(id, limit)).flat()
      expect(open).toEqual(await journalOf(id))
      await runs.signal(id, "end", null)
      await runs.signal(id, "end", null)
      expect(await resultOf(id)).toBe("late")
      const pages = await pagesOf(id, limit)
      const entries = pages.flat()
      expect(new Set(entries.map(({ path }) => path)).size).toBe(100)
      expect(entries).toHaveLength(100)
      expect(entries.every(({ state }) => state === "completed")).toBe(true)
      for (const page of pages) expect(page.length).toBeLessThanOrEqual(limit)
      expect(pages).toHaveLength(Math.ceil(100 / limit))
    },
  )

  it("of more than one scan's records pages through", async () => {
    const { id } = await begin(function* (ctx) {
      for (let n = 0; n < 2_500; n++) yield* ctx.run(plain, n)
    })
    await endOf(id)
    const pages = await pagesOf(id, 1_000)
    expect(pages.map(({ length }) => length)).toEqual([1_000, 1_000, 500])
    expect(pages.flat().map(({ path }) => path)).toEqual(
      Array.from({ length: 2_500 }, (_, n) => String(n)),
    )
  })

  it("of values of megabytes is cut into pages that can be sent", async () => {
    const { id } = await begin(function* (ctx) {
      for (let n = 0; n < 8; n++)
        yield* ctx.run(slow, n === 3 ? "x".repeat(12_000_000) : "y".repeat(3_000_000))
    })
    await endOf(id)
    const pages = await pagesOf(id, 1_000)
    expect(pages.length).toBeGreaterThan(1)
    expect(pages.flat().map(({ path }) => path)).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"])
    expect(pages.flat()[3]?.valueText).toHaveLength(12_000_002)
  })

  it.each(["x", "-1", "1.5", "", "1e3", "9".repeat(16)])(
    "refuses %j as a cursor",
    async (after) => {
      const { id } = await begin(function* () {
        return 1
      })
      expect(await codeOf(runs.journal(id, after, 10))).toBe("invalid_request")
    },
  )

  it("after a retry has no path twice", async () => {
    let isBad = true
    const check = async () => {
      if (isBad) throw new Error("bad")
    }
    const { id } = await begin(function* (ctx) {
      yield* ctx.run(plain, 1)
      yield* ctx.run(check, ctx.options({ retryPolicy: Never() }))
      yield* ctx.run(plain, 2)
    })
    await endOf(id)
    isBad = false
    await runs.retry(id, { from: "0" })
    await endOf(id)
    const entries = await journalOf(id)
    const paths = entries.filter(({ kind }) => kind !== "operator").map(({ path }) => path)
    expect(paths).toEqual(["0", "1", "2"])
  })
})
