// Large values at the object: rows of at most 1.8 MB, values of at most 16 MiB, and chunks freed with what they belong to.

import { runInDurableObject } from "cloudflare:test"
import { describe, expect, it } from "vitest"
import { utf8Bytes } from "../../src/engine/values/codec.ts"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { INPUT_BYTES_MAX, ROW_BYTES_MAX, VALUE_BYTES_MAX } from "../../src/engine/limits.ts"
import { JournalRows } from "../../src/object/store/journal-rows.ts"
import { TABLES } from "../../src/object/store/schema.ts"
import { Tables } from "../../src/object/store/tables.ts"
import {
  begin,
  codeOf,
  crash,
  endOf,
  errorOf,
  evict,
  journalOf,
  newId,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  stubOf,
  suspended,
  tablesOf,
} from "./support/runs.ts"

const PLATFORM_ROW_BYTES = 2_000_000

const make = async (_: StepContext, unit: string, length: number) => unit.repeat(length)

/** A string whose encoded text takes exactly so many bytes: two of them are the quotes. */
function* makes(ctx: Context, unit: string, length: number) {
  const value = yield* ctx.run(make, unit, length)
  yield* ctx.signal("go")
  return value.length
}

async function chunkCount(id: string): Promise<unknown> {
  const [table] = await rowsOf(id, "SELECT 1 FROM sqlite_master WHERE name = 'chunks'")
  if (table === undefined) return 0
  return (await rowsOf(id, "SELECT COUNT(*) AS n FROM chunks"))[0]?.["n"]
}

/** Bytes of the largest row of any table. */
async function largestRow(id: string): Promise<number> {
  let largest = 0
  for (const table of await tablesOf(id)) {
    const columns = await rowsOf<{ name: string }>(
      id,
      `SELECT name FROM pragma_table_info('${table}')`,
    )
    const sum = columns
      .map((column) => `COALESCE(LENGTH(CAST(${column.name} AS BLOB)), 0)`)
      .join(" + ")
    const [row] = await rowsOf<{ bytes: number | null }>(
      id,
      `SELECT MAX(${sum}) AS bytes FROM ${table}`,
    )
    largest = Math.max(largest, row?.bytes ?? 0)
  }
  return largest
}

describe("a value", () => {
  it.each([
    ["at the row's edge stands in its row", "x", ROW_BYTES_MAX - 2, 0],
    ["one byte past it is cut", "x", ROW_BYTES_MAX - 1, 4],
    ["of two-byte characters at the edge stands in its row", "é", (ROW_BYTES_MAX - 2) / 2, 0],
    ["of two-byte characters past it is cut", "é", ROW_BYTES_MAX / 2, 2],
    ["of surrogate pairs is not torn apart", "🎁", 500_000, 2],
  ])("%s", async (_, unit, length, chunks) => {
    const { id } = await begin(makes, [unit, length])
    await suspended(id)
    expect(await chunkCount(id)).toBe(chunks)
    expect(await largestRow(id)).toBeLessThan(PLATFORM_ROW_BYTES)
    await crash(id)
    await runs.signal(id, "go", null)
    expect(await resultOf(id)).toBe(unit.length * length)
    expect((await journalOf(id))[0]?.valueText).toBe(JSON.stringify(unit.repeat(length)))
  })

  it("of 16 MiB is kept, one byte more fails the step at once", async () => {
    const fits = await begin(makes, ["x", VALUE_BYTES_MAX - 2])
    await suspended(fits.id)
    await evict(fits.id)
    await runs.signal(fits.id, "go", null)
    expect(await resultOf(fits.id)).toBe(VALUE_BYTES_MAX - 2)
    expect(await largestRow(fits.id)).toBeLessThan(PLATFORM_ROW_BYTES)
    const tooLong = await begin(makes, ["x", VALUE_BYTES_MAX - 1])
    expect(await errorOf(tooLong.id)).toMatchObject({ code: "encoding" })
  })

  it("of 16 MiB as input and as result is answered whole", async () => {
    for (const unit of ["x", "é"]) {
      const value = unit.repeat(VALUE_BYTES_MAX / utf8Bytes(unit) - 4)
      const { id } = await begin(
        function* (_: Context, input: unknown) {
          return input
        },
        [value],
      )
      await crash(id)
      const record = await recordOf(id)
      expect(record.resultText?.length).toBe(value.length + 2)
      expect(record.inputText.length).toBe(value.length + 4)
    }
  })

  it("with one wide character in 16 MiB of narrow ones is answered whole", async () => {
    const value = `漢${"x".repeat(VALUE_BYTES_MAX - 10)}`
    const { id } = await begin(
      function* (_: Context, input: unknown) {
        return input
      },
      [value],
    )
    expect((await recordOf(id)).resultText?.length).toBe(value.length + 2)
    expect((await journalOf(id)).length).toBe(0)
  })

  it("too large as input starts nothing", async () => {
    const id = newId()
    const { workflow } = await begin(makes, ["x", 1])
    const code = await codeOf(runs.start(id, { workflow, input: ["x".repeat(INPUT_BYTES_MAX)] }))
    expect(code).toBe("invalid_request")
    expect(await runs.get(id)).toBeUndefined()
  })
})

describe("rows and chunks", () => {
  it("the run's one row stays below the platform's limit with everything large in it", async () => {
    const mega = "m".repeat(1_700_000)
    const { id } = await begin(
      function* (
        ctx: Context,
        input: string,
        generation: number,
      ): Generator<unknown, string, never> {
        if (generation === 0) yield* ctx.continueAsNew(input + input, 1)
        yield* ctx.signal("end")
        return input
      },
      [mega, 0],
    )
    await suspended(id)
    expect(await largestRow(id)).toBeLessThan(PLATFORM_ROW_BYTES)
    await runs.signal(id, "end", null)
    expect(await resultOf(id)).toBe(mega + mega)
    expect(await largestRow(id)).toBeLessThan(PLATFORM_ROW_BYTES)
    expect((await recordOf(id)).inputText).toBe(JSON.stringify([mega, 0]))
  })

  it("a long reason of a cancellation is kept whole", async () => {
    const reason = "r".repeat(1_000_000)
    const { id } = await begin(function* (ctx) {
      try {
        yield* ctx.signal("never")
      } finally {
        yield* ctx.sleep(50)
      }
    })
    await runs.cancel(id, { reason })
    await crash(id)
    expect(await errorOf(id)).toMatchObject({ message: reason })
  })

  it("chunks are freed when a signal is consumed", async () => {
    const { id } = await begin(function* (ctx) {
      const value = yield* ctx.signal<string>("s")
      yield* ctx.signal("end")
      return value.length
    })
    await runs.signal(id, "other", "x".repeat(4_000_000))
    const before = await chunkCount(id)
    await runs.signal(id, "s", "x".repeat(4_000_000))
    // The one in the journal stands in place of the one in the inbox.
    expect(await chunkCount(id)).toBe(2 * Number(before))
    await runs.signal(id, "end", null)
    expect(await resultOf(id)).toBe(4_000_000)
  })

  it("chunks are freed by continueAsNew, by the next published value, and by retry", async () => {
    let isBad = true
    const check = async () => {
      if (isBad) throw Object.assign(new Error("x".repeat(4_000_000)), { nonRetryable: true })
    }
    const { id } = await begin(
      function* (
        ctx: Context,
        generation: number,
        _filler: string,
      ): Generator<unknown, void, never> {
        yield* ctx.run(make, "x", 4_000_000)
        yield* ctx.publish("state", "x".repeat(4_000_000))
        yield* ctx.publish("state", "short")
        if (generation < 2) yield* ctx.continueAsNew(generation + 1, "x".repeat(4_000_000))
        yield* ctx.run(check)
      },
      [0, ""],
    )
    await endOf(id)
    isBad = false
    await runs.retry(id, { from: "0" })
    await endOf(id)
    // What is left: the second generation's input and its first step.
    const ids = await rowsOf(id, "SELECT DISTINCT id FROM chunks")
    expect(ids).toHaveLength(2)
    const orphans = await rowsOf(
      id,
      `SELECT DISTINCT id FROM chunks WHERE '@' || id NOT IN (SELECT text FROM journal WHERE text LIKE '@%')
         AND '@' || id NOT IN (SELECT generation_input FROM run WHERE generation_input IS NOT NULL)`,
    )
    expect(orphans).toEqual([])
  })

  it("a text that looks like a pointer is a text", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.publish("state", "@1")
      yield* ctx.publish("state", "@1")
      return [yield* ctx.signal("s"), yield* ctx.run(make, "@1", 1)]
    })
    await runs.signal(id, "s", "@1")
    expect(await resultOf(id)).toEqual(["@1", "@1"])
  })

  it("a replay of many large values does not hold them all", async () => {
    const { id } = await begin(function* (ctx) {
      let length = 0
      for (let n = 0; n < 30; n++) length += (yield* ctx.run(make, "x", 4_000_000)).length
      yield* ctx.signal("go")
      return length
    })
    await suspended(id)
    const read = await runInDurableObject(
      stubOf(id),
      (_, { storage }) => new JournalRows(new Tables(storage, TABLES)).read(0, 512).length,
    )
    expect(read).toBeLessThan(4)
    await crash(id)
    await runs.signal(id, "go", null)
    expect(await resultOf(id)).toBe(120_000_000)
  })
})
