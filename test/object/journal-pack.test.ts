// Packs: several records as one row: nothing of a record is lost, and every way of reading finds each record in its place.

import { runInDurableObject } from "cloudflare:test"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { NonRetryableError } from "../../src/engine/errors.ts"
import type { EntryKind, JournalRecord, RecordType } from "../../src/engine/ports/journal.ts"
import { decodePack, encodePack, mayBePacked, PACK } from "../../src/object/store/journal-pack.ts"
import { JournalRows } from "../../src/object/store/journal-rows.ts"
import { TABLES } from "../../src/object/store/schema.ts"
import { Tables } from "../../src/object/store/tables.ts"
import {
  begin,
  endOf,
  journalOf,
  newId,
  recordsOf,
  resultOf,
  rowsOf,
  runs,
  stubOf,
  tablesOf,
} from "./support/runs.ts"

const TYPES: readonly RecordType[] = ["open", "start", "fail", "completed", "failed", "stop"]
const KINDS: readonly EntryKind[] = ["step", "timer", "race", "child"]

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })

const fields = fc.record({
  type: fc.constantFrom(...TYPES),
  path: fc.stringMatching(/^[0-9]{1,4}(\.[0-9]{1,3}){0,3}$/),
  atMs: fc.integer({ min: 0, max: 2 ** 45 }),
  inline: fc.boolean(),
  kind: maybe(fc.constantFrom(...KINDS)),
  name: maybe(fc.string({ unit: "binary", maxLength: 12 })),
  digest: maybe(fc.integer()),
  attempt: maybe(fc.nat(200)),
  text: maybe(fc.string({ unit: "grapheme", maxLength: 40 })),
  dueMs: maybe(fc.integer({ min: 0, max: 2 ** 45 })),
  ref: fc.constant(undefined),
})

/** Records in order, with gaps where a fold's snapshot has forgotten some. */
const anyRecords: fc.Arbitrary<JournalRecord[]> = fc
  .array(fc.tuple(fields, fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 40 })
  .map((list) => {
    let seq = 0
    return list.map(([record, gap]) => ({ ...record, seq: (seq += gap) }))
  })

/** Work on a journal of its own, in an object that has nothing else. */
function onJournal<T>(work: (journal: JournalRows, sql: SqlStorage) => T): Promise<T> {
  return runInDurableObject(stubOf(newId()), (_, { storage }) => {
    const tables = new Tables(storage, TABLES)
    tables.ensure("journal")
    return work(new JournalRows(tables), storage.sql)
  })
}

function steps(from: number, to: number, text = '"x"'): JournalRecord[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({
    seq: from + index,
    type: "completed",
    path: String(from + index),
    atMs: 1_000 + index,
    inline: true,
    kind: "step",
    name: "step",
    digest: 7,
    attempt: 1,
    text,
    dueMs: undefined,
    ref: undefined,
  }))
}

describe("a pack", () => {
  it("has nothing where its last records have nothing, and reads as one in which each column is whole", () => {
    const [first, second] = steps(1, 2, "null")
    if (first === undefined || second === undefined) throw new Error("There are two.")
    const records = [{ ...first, dueMs: 5 }, second]
    const pack = encodePack(records)
    const whole = pack.replace("[5],", "[5,null],").replace(/^\d+/, (length) => `${+length + 5}`)
    expect(whole).toHaveLength(pack.length + 5)
    expect(decodePack(pack)).toEqual(records)
    expect(decodePack(whole)).toEqual(records)
  })

  it("gives back the records that were put in", () => {
    fc.assert(
      fc.property(anyRecords, (records) => {
        expect(decodePack(encodePack(records))).toEqual(records)
      }),
    )
  })

  it("takes neither notes, cancellations, promises, messages nor long texts", () => {
    const [step] = steps(1, 1)
    if (step === undefined) throw new Error("There is a step.")
    expect(mayBePacked(step)).toBe(true)
    for (const other of [
      { type: "operator" },
      { type: "cancel" },
      { kind: "promise" },
      { ref: 1 },
      { text: "x".repeat(64 * 1024 + 1) },
    ] as const) {
      expect(mayBePacked({ ...step, ...other })).toBe(false)
    }
  })
})

describe("the journal of a run that ended in its first stretch", () => {
  it("stands in the run's row, is read like any other, and gets a table when it is cut", async () => {
    let isMended = false
    const { id } = await begin(function* (ctx) {
      const one = yield* ctx.run(() => 1)
      yield* ctx.run(() => {
        if (!isMended) throw new NonRetryableError("Not yet.")
      })
      return one
    })
    expect((await endOf(id)).status).toBe("failed")
    expect(await tablesOf(id)).toEqual(["run"])
    expect((await recordsOf(id)).map(({ type }) => type)).toEqual(["completed", "failed"])
    expect((await journalOf(id)).map(({ state }) => state)).toEqual(["completed", "failed"])
    isMended = true
    await runs.retry(id, {})
    expect(await resultOf(id)).toBe(1)
    expect(await tablesOf(id)).toEqual(["journal", "run"])
    expect(await rowsOf(id, "SELECT journal FROM run")).toEqual([{ journal: null }])
    const types = (await recordsOf(id)).map(({ type }) => type)
    expect(types).toEqual(["completed", "operator", "start", "completed"])
  })

  it("has a table from the start when its texts are long", async () => {
    const { id } = await begin(function* (ctx) {
      for (let n = 0; n < 3; n++) yield* ctx.run(() => "x".repeat(30_000))
    })
    await endOf(id)
    expect(await tablesOf(id)).toEqual(["journal", "run"])
    expect(await recordsOf(id)).toHaveLength(3)
  })
})

describe("a journal with packs", () => {
  it("is read forwards, backwards and at each place as if every record had a row", async () => {
    await onJournal((journal, sql) => {
      fc.assert(
        fc.property(anyRecords, fc.array(fc.nat(6)), fc.nat(60), (records, cuts, limit) => {
          sql.exec("DELETE FROM journal")
          const rest = [...records]
          for (const cut of cuts) journal.append(rest.splice(0, cut))
          journal.append(rest)
          const last = records.at(-1)?.seq ?? 0
          expect(journal.lastSeq()).toBe(last)
          for (let seq = 0; seq <= last + 1; seq++) {
            const after = records.filter((each) => each.seq > seq)
            const read = journal.read(seq, limit + 1)
            expect(read).toEqual(after.slice(0, read.length))
            expect(read.length).toBeLessThanOrEqual(limit + 1)
            expect(read.length > 0).toBe(after.length > 0)
            const page = journal.page(seq, limit + 1)
            expect(page).toEqual(after.slice(0, page.length))
            expect(page.length > 0).toBe(after.length > 0)
            const here = records.find((each) => each.seq === seq)
            expect(journal.placeAt(seq)).toEqual(
              here && { type: here.type, path: here.path, atMs: here.atMs },
            )
            const before = records.filter((each) => each.seq <= seq).reverse()
            const back = [...journal.backwards(seq)]
            expect(back.map(({ record }) => record.seq)).toEqual(before.map((each) => each.seq))
          }
        }),
        { numRuns: 60 },
      )
    })
  })

  it("is cut anywhere", async () => {
    await onJournal((journal, sql) => {
      for (let from = 1; from <= 8; from++) {
        sql.exec("DELETE FROM journal")
        journal.append(steps(1, 3))
        journal.append(steps(4, 7))
        journal.truncate(from)
        expect(journal.read(0, 10)).toEqual([...steps(1, 3), ...steps(4, 7)].slice(0, from - 1))
        expect(journal.lastSeq()).toBe(Math.min(from - 1, 7))
      }
    })
  })

  it("forgets the items of a fold out of a pack, and nothing else", async () => {
    await onJournal((journal) => {
      const item = (seq: number, path: string): JournalRecord => ({ ...steps(seq, seq)[0]!, path })
      const all = [
        item(1, "0"),
        item(2, "1.0"),
        item(3, "1.1"),
        item(4, "10.1"),
        item(5, "1.2"),
        item(6, "1.3"),
      ]
      journal.append(all.slice(0, 4))
      journal.append(all.slice(4))
      const snapshot = { id: 1, path: "1", count: 3, text: "0" }
      expect(journal.forgetItems({ ...snapshot, afterSeq: 2, lastSeq: 5 })).toBe(2)
      expect(journal.read(0, 10).map(({ seq }) => seq)).toEqual([1, 2, 4, 6])
      expect(journal.forgetItems({ ...snapshot, afterSeq: 5, lastSeq: 6 })).toBe(1)
      expect(journal.read(0, 10).map(({ seq }) => seq)).toEqual([1, 2, 4])
    })
  })

  it("keeps what stands between two packs in its order, with chunks for a long text", async () => {
    await onJournal((journal, sql) => {
      const long = steps(4, 4, `"${"é".repeat(1_000_000)}"`)
      const all = [...steps(1, 3), ...long, ...steps(5, 7)]
      journal.append(all)
      expect(journal.read(0, 100)).toEqual(all)
      const types = sql.exec<{ type: string }>("SELECT type FROM journal ORDER BY seq").toArray()
      expect(types.map(({ type }) => type)).toEqual([PACK, "completed", PACK])
      journal.truncate(4)
      expect(sql.exec("SELECT COUNT(*) AS n FROM chunks").one()["n"]).toBe(0)
    })
  })

  it("makes no row that the platform would refuse, and no page that is longer than asked", async () => {
    await onJournal((journal, sql) => {
      const all = steps(1, 400, `"${"語".repeat(10_000)}"`)
      journal.append(all)
      const { bytes } = sql
        .exec<{ bytes: number }>("SELECT MAX(octet_length(text)) AS bytes FROM journal")
        .one()
      expect(bytes).toBeLessThan(1_800_000)
      expect(journal.read(0, 400, 100_000).length).toBeLessThan(12)
      let seen = 0
      for (let seq = 0; seq < 400;) {
        const page = journal.read(seq, 50)
        expect(page.length).toBeGreaterThan(0)
        seen += page.length
        seq = page.at(-1)?.seq ?? 400
      }
      expect(seen).toBe(400)
    })
  })

  it("makes none of names and paths that are long either", async () => {
    await onJournal((journal, sql) => {
      const name = "\u0001".repeat(250)
      const all = steps(1, 1_000, `"${"語".repeat(200)}"`).map((each) => ({
        ...each,
        path: `${"1.".repeat(490)}${each.seq}`,
        name: `${name}${each.seq}`,
      }))
      journal.append(all)
      const { bytes } = sql
        .exec<{ bytes: number }>("SELECT MAX(octet_length(text)) AS bytes FROM journal")
        .one()
      expect(bytes).toBeLessThan(1_800_000)
      expect(journal.read(0, 2_000)).toEqual(all)
    })
  })

  it("costs what is read of it, however many packs stand behind and before", async () => {
    await onJournal((journal, sql) => {
      const text = `"${"x".repeat(1_000)}"`
      /** The shortest of several times, in ms: the machine may have been busy in the others. */
      const shortest = (work: (turn: number) => unknown) => {
        const times = Array.from({ length: 12 }, (_, turn) => {
          const beganMs = performance.now()
          for (let n = 0; n < 20; n++) work(turn)
          return performance.now() - beganMs
        })
        return Math.max(Math.min(...times), 1)
      }
      const timesOf = (records: number) => {
        sql.exec("DELETE FROM journal")
        for (let seq = 1; seq < records; seq += 200) journal.append(steps(seq, seq + 199, text))
        return {
          page: shortest(() => journal.page(0, 512)),
          place: shortest((turn) => journal.placeAt(records - turn)),
        }
      }
      const few = timesOf(400)
      const many = timesOf(20_000)
      expect(many.page / few.page).toBeLessThan(12)
      expect(many.place / few.place).toBeLessThan(12)
    })
  })

  it("finds the earlier records of entries, with their texts", async () => {
    await onJournal((journal) => {
      const started = steps(1, 5).map((each) => ({ ...each, type: "start" as const, text: "1" }))
      journal.append(started)
      journal.append(steps(6, 6))
      journal.append(steps(7, 300))
      const found = journal.earlier(250, new Set(["2", "6", "100"]))
      expect(found).toEqual([started[1], ...steps(6, 6), ...steps(7, 300).slice(93, 94)])
    })
  })
})
