// Fork door: a fork as it arrives at run objects: at the one it is taken from, and at the one of the copy.
// Owns: which rows are written when. Must not touch: who carries the pages (fork-run.ts).
//   D1. Lines are staged first; the copy is made of them in one stretch, so there is no half run that drives.
//   D2. The same fork again is the same run.

import { BelayError } from "../../engine/errors.ts"
import type { Registry } from "../../engine/workflow/registry.ts"
import type { RunHome } from "../run/run-home.ts"
import { sent } from "../doors/run-record.ts"
import type { RunRow } from "../store/stored-run.ts"
import type { SentStart } from "../doors/start-door.ts"
import { newRow, requireWorkflow } from "../doors/start.ts"
import { inputsIn, writeCopy } from "./fork-copy.ts"
import type {
  ForkBegin,
  ForkCursor,
  ForkNote,
  ForkOrder,
  ForkPage,
  StagedPage,
} from "./fork-messages.ts"
import { ForkSource } from "./fork-source.ts"

export class ForkDoor {
  readonly #home: RunHome
  readonly #registry: Registry

  constructor(home: RunHome, registry: Registry) {
    this.#home = home
    this.#registry = registry
  }

  // At the run it is taken from.

  page(id: string, order: ForkOrder, from: ForkCursor | undefined): ForkPage {
    const row = this.#home.enter(id)
    return new ForkSource(this.#home.tables, this.#registry).page(row, order, from)
  }

  /** Once, however often it is asked for; a run that is gone meanwhile needs none. */
  note({ origin, to, action }: ForkNote): null {
    const { row, control } = this.#home.driver
    if (row?.incarnation !== origin.incarnation) return null
    if (!this.#home.tables.journal.hasNote("fork", to.incarnation))
      control.noted("fork", action, { to })
    return null
  }

  // At the copy.

  /** @returns whether there is room for a run: nothing is staged beside one that stands. */
  stage(page: StagedPage): boolean {
    if (this.#home.standing() !== undefined) return false
    this.#home.stage(page)
    return true
  }

  /** @throws run_conflict, version_unknown */
  begin(id: string, begin: ForkBegin): SentStart {
    const row = this.#home.standing()
    if (row === undefined) this.#create(id, begin)
    else requireSameFork(row, begin)
    const run = sent(this.#home.record(id))
    return { created: run.incarnation === begin.incarnation, run }
  }

  #create(id: string, begin: ForkBegin): void {
    const { head, fork, incarnation } = begin
    const { workflow, timeoutMs, tags } = head
    const version = begin.version ?? head.version
    const { staged, driver, tables } = this.#home
    if (staged.count(fork) !== begin.lines) {
      throw new BelayError(
        "overloaded",
        "A part of the fork was lost on its way; ask for it again.",
      )
    }
    const { inputText, generationInputText } = inputsIn(staged.lines(fork))
    const part = { incarnation, timeoutMs, tags, key: fork, waitMs: 0 }
    const message = { workflow, version, inputText, ...part }
    const row: RunRow = {
      ...newRow(id, message, requireWorkflow(this.#registry, message), Date.now()),
      generation: head.generation,
      generationInputText,
      forkedFrom: head.origin,
    }
    this.#home.requireLimiter(row)
    driver.control.adopt(row, () => {
      writeCopy(row, tables, staged.lines(fork), begin)
      staged.clear()
    })
  }
}

function requireSameFork(row: RunRow, { head, version }: ForkBegin): void {
  const { forkedFrom } = row
  const { id, incarnation, path } = head.origin
  const isSame =
    forkedFrom?.id === id &&
    forkedFrom.incarnation === incarnation &&
    forkedFrom.path === path &&
    row.version === (version ?? head.version)
  if (isSame) return
  throw new BelayError(
    "run_conflict",
    `Run "${row.id}" exists and is not this fork; give the fork another id.`,
    { what: "fork", has: forkedFrom ?? null },
  )
}
