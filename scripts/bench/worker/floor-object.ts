// Floor object: the reads and writes of the measured runs on a bare object, without the engine.
// Owns: a method for each workload, which does the least that is as durable and is called over the same way.

import { DurableObject } from "cloudflare:workers"
import { napped, type Timers } from "./naps.ts"
import { noteWoken } from "./woken.ts"

/** What a step of a sequence returns: 100 bytes as JSON. */
export const HUNDRED_BYTES = "x".repeat(98)

const JOURNAL = `CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY, type TEXT, path TEXT, at INTEGER,
  inline INTEGER, kind TEXT, name TEXT, digest INTEGER, attempt INTEGER, text TEXT, due INTEGER, ref INTEGER)`

const ENTRY = `INSERT INTO journal (seq, type, path, at, inline, kind, name, digest, attempt, text, due, ref)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

/** After so many steps the loop gives way, which commits: as the engine does. */
const SLICE_STEPS = 1_000

/** Until the alarm of an object that will be killed: not before that, and overdue when it is back. */
const OVERDUE_MS = 1_400

export class FloorObject extends DurableObject {
  readonly #madeMs = performance.now()
  #release: (() => void) | undefined

  /** One durable insert in a new object: what no start can be cheaper than. */
  async insert(): Promise<true> {
    const { sql } = this.ctx.storage
    sql.exec("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT)")
    sql.exec("INSERT INTO t (text) VALUES (?)", "start")
    return true
  }

  /** A bare loop with the inserts of a sequence: one a step, or its start and its outcome with a promise between. */
  async loop(steps: number, insertsPerStep: number): Promise<number> {
    this.ctx.storage.sql.exec(JOURNAL)
    const begunMs = performance.now()
    let seq = 0
    for (let step = 1; step <= steps; step++) {
      this.#record(++seq, "completed")
      if (insertsPerStep === 2) {
        await Promise.resolve()
        this.#record(++seq, "completed")
      }
      if (step % SLICE_STEPS === 0) await nextTurn()
    }
    return performance.now() - begunMs
  }

  /** A run with recorded steps whose alarm is due when it is killed and back; `alarm` reads them. */
  async record(steps: number): Promise<true> {
    await this.loop(steps, 1)
    await this.ctx.storage.setAlarm(Date.now() + OVERDUE_MS)
    return true
  }

  async sleep(untilMs: number): Promise<true> {
    const { sql } = this.ctx.storage
    sql.exec("CREATE TABLE IF NOT EXISTS sleeping (until INTEGER PRIMARY KEY)")
    sql.exec("INSERT INTO sleeping (until) VALUES (?)", untilMs)
    await this.ctx.storage.setAlarm(untilMs)
    return true
  }

  override async alarm(): Promise<void> {
    const [found] = this.#rows("SELECT name FROM sqlite_master WHERE name = 'sleeping'")
    if (found === undefined) {
      const rows = this.#rows("SELECT * FROM journal ORDER BY seq").length
      const readMs = performance.now() - this.#madeMs
      console.log(`floor goes on ${JSON.stringify({ rows, readMs })}`)
      return
    }
    const [sleeping] = this.#rows("DELETE FROM sleeping RETURNING until")
    noteWoken("floor", Date.now() - Number(sleeping?.["until"]))
  }

  /** As many timers at once, an insert for each one's start and one for its end. */
  async fanOut(width: number, napMs: number, timers: Timers): Promise<number> {
    this.ctx.storage.sql.exec(JOURNAL)
    const begunMs = performance.now()
    let seq = 0
    await Promise.all(
      Array.from({ length: width }, async () => {
        this.#record(++seq, "started")
        await napped(napMs, timers)
        this.#record(++seq, "completed")
      }),
    )
    return performance.now() - begunMs
  }

  /** Answered when `release` has been called, by a second request. */
  async wait(): Promise<true> {
    await new Promise<void>((resolve) => {
      this.#release = resolve
    })
    return true
  }

  async release(): Promise<true> {
    await this.insert()
    this.#release?.()
    return true
  }

  #record(seq: number, type: string): void {
    const at = Date.now()
    const text = `"${HUNDRED_BYTES}"`
    const { sql } = this.ctx.storage
    sql.exec(ENTRY, seq, type, `${seq}`, at, 1, "step", "fill", 123_456_789, 1, text, null, null)
  }

  #rows(query: string): Record<string, SqlStorageValue>[] {
    return this.ctx.storage.sql.exec(query).toArray()
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
