// Systems worker: the Worker of the systems as a runtime has to be told of it, and where that runtime keeps its data.
// Owns: its bindings, and the names of its files on disk. Must not touch: processes.

import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { bundleWorker } from "./bundle.ts"

const ENTRY = fileURLToPath(new URL("../../src/index.ts", import.meta.url))

/** What does not change from one runtime to the next. */
export const SYSTEMS_WORKER = {
  objects: {
    RUNS: "RunObject",
    SCHEDULES: "ScheduleObject",
    LIMITS: "LimiterObject",
    INDEX: "IndexObject",
    ACCOUNTS: "BankAccountObject",
  },
  migrationsFolder: fileURLToPath(new URL("../../migrations", import.meta.url)),
} as const

export function bundleSystems(outfile: string): Promise<void> {
  return bundleWorker(ENTRY, outfile)
}

/** The file of D1. @throws Error when there is none yet */
export function d1File(stateFolder: string): string {
  const folder = join(stateFolder, "d1", "miniflare-D1DatabaseObject")
  const file = readdirSync(folder).find((name) => /^[0-9a-f]+\.sqlite$/.test(name))
  if (file === undefined) throw new Error(`There is no D1 database in ${folder}.`)
  return join(folder, file)
}

/** The files of the runs, one each. */
export function runFiles(stateFolder: string): string[] {
  const folder = join(stateFolder, "do", "belay-RunObject")
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
    .map((name) => join(folder, name))
}
