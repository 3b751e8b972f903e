// What a list of the index is asked for at its bounds: every filter at once, many runs of one instant, odd ids and labels.

import { describe, expect, test } from "vitest"
import { compareIds, type RunFilter, type RunQuery } from "../../src/engine/ports/run-index.ts"
import { TAGS_MAX } from "../../src/engine/limits.ts"
import { TALLIED_MAX } from "../../src/object/run-index/shard-tally.ts"
import { query } from "./support/indexed-runs.ts"
import { cardWith, homeIds, onBench, TO, type ShardBench } from "./support/shard-bench.ts"

const list = async (bench: ShardBench, fields: Partial<RunQuery>) =>
  (await bench.shard.list(query(fields), TO)).cards.map(({ id }) => id)

test("every filter at once, with as many labels as a run can have", async () => {
  const [id = "", other = ""] = homeIds(2)
  const tags = Object.fromEntries(Array.from({ length: TAGS_MAX }, (_, n) => [`k:${n}`, `v:${n}`]))
  await onBench({}, async (bench) => {
    const parent = { id: "p", path: "0" }
    await bench.hear([cardWith(id, { tags, parent }), cardWith(other, { parent })])
    const all: Partial<RunQuery> = {
      workflow: "work",
      version: 1,
      statuses: ["running", "suspended", "paused", "halted", "failed", "cancelled", "completed"],
      tags: Object.entries(tags).map(([key, value]) => `${key}:${value}`),
      parent: "p",
      idPrefix: "run-",
      createdFromMs: 1_000,
      createdBeforeMs: 1_001,
      after: { createdAtMs: 1_001, id: "" },
      limit: 200,
    }
    expect(await list(bench, all)).toEqual([id])
    expect(await list(bench, { ...all, version: Infinity })).toEqual([])
    expect(await list(bench, { ...all, version: 1e23 })).toEqual([])
  })
})

describe("pages", () => {
  const ids = homeIds(300, "ü😀\uffee%2f:")

  test.each(["newest", "oldest"] as const)(
    "%s first: hundreds of runs of one instant, each once, while some are deleted",
    async (order) => {
      await onBench({}, async (bench) => {
        await bench.hear(
          ids.map((id, n) => cardWith(id, { status: n % 2 === 0 ? "failed" : "completed" })),
        )
        const seen: string[] = []
        let after: RunQuery["after"]
        for (;;) {
          const page = await list(bench, {
            order,
            after,
            limit: 7,
            statuses: ["completed", "failed", "failed"],
          })
          seen.push(...page)
          const last = page.at(-1)
          if (last === undefined) break
          await bench.hear([], [{ id: last, incarnation: "first" }])
          after = { createdAtMs: 1_000, id: last }
        }
        const inOrder = [...ids].sort(compareIds)
        expect(seen).toEqual(order === "oldest" ? inOrder : inOrder.reverse())
      })
    },
  )
})

test("labels that read alike, and a life with others than the one before", async () => {
  const [id = ""] = homeIds(1)
  await onBench({}, async (bench) => {
    await bench.hear([cardWith(id, { tags: { "a:b": "c", a: "b:c", ["__proto__"]: "x" } })])
    expect(await list(bench, { tags: ["a:b:c"] })).toEqual([id])
    const second = { incarnation: "second", tags: { d: "e" }, createdAtMs: 500 }
    await bench.hear([cardWith(id, second)], [], true)
    expect(await list(bench, { tags: ["a:b:c"] })).toEqual([])
    expect(await list(bench, { tags: ["d:e"] })).toEqual([id])
    await bench.hear([], [{ id, incarnation: "second" }])
    expect(bench.sql.exec("SELECT COUNT(*) AS n FROM tags").one()).toEqual({ n: 0 })
  })
})

test("counts take every filter of a list but the status, and are as many as the list has", async () => {
  const ids = homeIds(40)
  await onBench({}, async (bench) => {
    await bench.hear(
      ids.map((id, n) =>
        cardWith(id, {
          createdAtMs: 1_000 + n,
          status: n % 3 === 0 ? "failed" : "completed",
          workflow: n % 2 === 0 ? "work" : "other",
          version: n % 4 === 0 ? 2 : 1,
          tags: { team: n % 5 === 0 ? "red" : "blue", n: String(n % 10) },
          ...(n % 7 === 0 && { parent: { id: "p", path: "0" } }),
        }),
      ),
    )
    const filters: RunFilter[] = [
      {},
      { workflow: "work" },
      { workflow: "work", version: 2 },
      { version: 2 },
      { tags: ["team:red"] },
      { tags: ["team:red", "n:0"], workflow: "work" },
      { parent: "p" },
      { idPrefix: ids[3] ?? "" },
      { createdFromMs: 1_010, createdBeforeMs: 1_020 },
      { tags: ["team:blue"], createdFromMs: 1_010, version: 1 },
      { tags: ["team:green"] },
    ]
    for (const filter of filters) {
      const { counts, isCut } = await bench.shard.stats(filter, TO)
      for (const status of ["failed", "completed"] as const) {
        const counted = counts
          .filter((each) => each.status === status)
          .reduce((sum, { count }) => sum + count, 0)
        const listed = await list(bench, { ...filter, statuses: [status], limit: 200 })
        expect({ filter, status, counted }).toEqual({ filter, status, counted: listed.length })
      }
      expect(isCut).toBe(false)
    }
  })
})

test("more than can be counted quickly are said to be more", async () => {
  await onBench({}, async (bench) => {
    const [id = ""] = homeIds(1)
    await bench.hear([cardWith(id, { tags: { team: "red" } })])
    bench.sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${TALLIED_MAX + 5})
       INSERT INTO runs (id, incarnation, changes, workflow, version, status, created_at, changed_at)
       SELECT 'many-' || i, 'one', 1, 'many', 1, 'completed', 5000 + i, 5000 FROM n`,
    )
    const stats = async (filter: RunFilter) => {
      const { counts, isCut } = await bench.shard.stats(filter, TO)
      return { total: counts.reduce((sum, { count }) => sum + count, 0), isCut }
    }
    expect(await stats({ createdFromMs: 5_000 })).toEqual({ total: TALLIED_MAX, isCut: true })
    // Those that a list shows first are the ones that were counted.
    bench.sql.exec("UPDATE runs SET status = 'halted' WHERE created_at > ?", 5_000 + TALLIED_MAX)
    const { counts } = await bench.shard.stats({ createdFromMs: 5_000 }, TO)
    expect(counts).toMatchObject([{ status: "completed" }, { status: "halted", count: 5 }])
    expect(await stats({ createdFromMs: 5_006 })).toEqual({ total: TALLIED_MAX, isCut: false })
    expect(await stats({ tags: ["team:red"] })).toEqual({ total: 1, isCut: false })
  })
})

test("counts follow every change, and are what is counted anew", async () => {
  const [a = "", b = ""] = homeIds(2)
  await onBench({}, async (bench) => {
    const counts = async () => (await bench.shard.stats({}, TO)).counts
    await bench.hear([cardWith(a)])
    expect(await counts()).toMatchObject([{ status: "suspended", count: 1 }])
    await bench.hear([cardWith(a, { changes: 1, status: "halted" }), cardWith(b)])
    await bench.hear([cardWith(b, { incarnation: "second", status: "failed" })], [], true)
    await bench.hear([cardWith(a, { changes: 0 })])
    expect(await counts()).toMatchObject([
      { status: "halted", count: 1 },
      { status: "failed", count: 1 },
    ])
    await bench.hear(
      [],
      [
        { id: a, incarnation: "no such life" },
        { id: b, incarnation: "second" },
      ],
    )
    expect(await counts()).toMatchObject([{ status: "halted", count: 1 }])
  })
})
