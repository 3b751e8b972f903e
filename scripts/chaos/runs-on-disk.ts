// Runs on disk: how far every run is, read from the files of their objects. A request would wake a run, and so hide that
// it had been forgotten.
// Owns: which have ended. Must not touch: the Worker.

import { sqliteRows } from "../support/sqlite-rows.ts"
import { runFiles } from "../support/systems-worker.ts"

const FINAL = new Set(["completed", "failed", "cancelled", "timed_out", "halted"])

export class RunsOnDisk {
  readonly #stateFolder: string
  readonly #ended = new Set<string>()

  constructor(stateFolder: string) {
    this.#stateFolder = stateFolder
  }

  get ended(): number {
    return this.#ended.size
  }

  /** Those that have not ended, as id and status. */
  open(): string[] {
    return runFiles(this.#stateFolder).flatMap((file) => {
      if (this.#ended.has(file)) return []
      const row = rowOf(file)
      if (row === undefined) return []
      const { id, status } = row
      if (!FINAL.has(String(status))) return [`${String(id)} is ${String(status)}`]
      this.#ended.add(file)
      return []
    })
  }
}

/** `undefined` for an object that was only asked whether it has a run. */
function rowOf(file: string): Record<string, unknown> | undefined {
  try {
    return sqliteRows(file, "SELECT id, status FROM run")[0]
  } catch (error) {
    if (error instanceof Error && error.message.includes("no such table")) return undefined
    throw error
  }
}
