// Runs on disk: what the files of the objects say after the runtime has ended: the truth, whatever anybody answered.
// Owns: reading them. Writes nothing.

import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { sqliteRows } from "../../support/sqlite-rows.ts"

const BLOCK_BYTES = 512

export interface DiskUse {
  readonly files: number
  /** What the file system has set aside for them. */
  readonly bytes: number
}

export function diskUse(folder: string): DiskUse {
  let bytes = 0
  const files = readdirSync(folder)
  for (const file of files) {
    // What the runtime has just deleted takes nothing.
    const stat = statSync(join(folder, file), { throwIfNoEntry: false })
    bytes += (stat?.blocks ?? 0) * BLOCK_BYTES
  }
  return { files: files.length, bytes }
}

/** How many runs there are of each status; a run's id must not stand in two files. */
export function statusesOnDisk(folder: string): Map<string, number> {
  const statuses = new Map<string, number>()
  const seen = new Set<string>()
  for (const file of readdirSync(folder)) {
    if (!file.endsWith(".sqlite") || file === "metadata.sqlite") continue
    const [run] = sqliteRows(join(folder, file), "SELECT id, status FROM run")
    if (run === undefined) continue
    const id = String(run["id"])
    if (seen.has(id)) throw new Error(`Run ${id} stands in two objects.`)
    seen.add(id)
    const status = String(run["status"])
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
  }
  return statuses
}
