// Promise rows: the promises a run has handed out, by token and by path.
// Owns: the table promises. Must not touch: who waits for them (engine), what a token looks like (promise-token.ts).
//   E1. The first settlement stands for ever, and every later one is told it.
//   E2. A path of a generation has at most one promise; one whose entry was forgotten keeps its token alone.

import { encodeThrown } from "../../engine/values/codec.ts"
import type { Outcome, OutcomeState } from "../../engine/ports/journal.ts"
import { findingRange, isSameToken } from "./promise-token.ts"
import type { Tables } from "./tables.ts"

/** Where a promise stands whose entry in the journal is gone. */
const FORGOTTEN_GENERATION = -1

type PromiseRow = {
  token: string
  path: string
  generation: number
  state: OutcomeState | null
  text: string | null
}

export interface KnownPromise {
  readonly path: string
  readonly generation: number
  readonly outcome: Outcome | undefined
}

export class PromiseRows {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  create(generation: number, path: string, token: string): void {
    this.#tables.ensure("promises")
    this.#tables.sql.exec(
      "INSERT INTO promises VALUES (?, ?, ?, NULL, NULL)",
      token,
      generation,
      path,
    )
  }

  /** Of somebody who may be guessing: compared as promise-token.ts says. */
  byToken(token: string): KnownPromise | undefined {
    const range = findingRange(token)
    if (range === undefined) return undefined
    const rows = this.#select("token BETWEEN ? AND ?", ...range)
    const row = rows.find((each) => isSameToken(each.token, token))
    return row && { path: row.path, generation: row.generation, outcome: this.#outcomeOf(row) }
  }

  /** How the promise at this path was settled, if it was. */
  outcomeAt(generation: number, path: string): Outcome | undefined {
    const [row] = this.#select(
      "generation = ? AND path = ? AND state IS NOT NULL",
      generation,
      path,
    )
    return row && this.#outcomeOf(row)
  }

  settleByToken(token: string, outcome: Outcome): void {
    this.#settle(outcome, "token = ?", token)
  }

  settleAt(generation: number, path: string, outcome: Outcome): void {
    this.#settle(outcome, "generation = ? AND path = ?", generation, path)
  }

  /** The run has ended: whoever still holds a token learns that nobody waits. */
  settleOpen(outcome: Outcome): void {
    this.#settle(outcome, "1")
  }

  /** Tokens of the promises of a generation that are not settled, by path. */
  openTokens(generation: number): ReadonlyMap<string, string> {
    const rows = this.#select("generation = ? AND state IS NULL", generation)
    return new Map(rows.map((row) => [row.path, row.token]))
  }

  /**
   * The journal was cut back. A promise whose entry is forgotten makes room at its path for a new one; one that is
   * open again loses an outcome that the run itself had decided.
   * @param known paths of the promises that still stand in the journal
   * @param open those of them that are not settled there
   */
  reopen(generation: number, known: ReadonlySet<string>, open: ReadonlySet<string>): void {
    for (const { token, path, state } of this.#select("generation = ?", generation)) {
      if (!known.has(path)) this.#retire(token)
      else if (open.has(path) && (state === "cancelled" || state === "timed_out")) {
        this.#tables.sql.exec(
          "UPDATE promises SET state = NULL, text = NULL WHERE token = ?",
          token,
        )
      }
    }
  }

  #retire(token: string): void {
    const text = encodeThrown(new Error("The run was taken back to before this promise."))
    this.#settle({ state: "cancelled", text }, "token = ?", token)
    this.#tables.sql.exec(
      "UPDATE promises SET generation = ? WHERE token = ?",
      FORGOTTEN_GENERATION,
      token,
    )
  }

  #settle(outcome: Outcome, condition: string, ...bindings: (string | number)[]): void {
    if (!this.#tables.has("promises")) return
    this.#tables.sql.exec(
      `UPDATE promises SET state = ?, text = ? WHERE state IS NULL AND ${condition}`,
      outcome.state,
      this.#tables.store(outcome.text),
      ...bindings,
    )
  }

  #select(condition: string, ...bindings: (string | number)[]): PromiseRow[] {
    if (!this.#tables.has("promises")) return []
    return this.#tables.sql
      .exec<PromiseRow>(`SELECT * FROM promises WHERE ${condition}`, ...bindings)
      .toArray()
  }

  #outcomeOf(row: PromiseRow): Outcome | undefined {
    if (row.state === null) return undefined
    return { state: row.state, text: this.#tables.load(row.text ?? "null") }
  }
}
