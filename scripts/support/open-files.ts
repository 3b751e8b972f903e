// Open files: whether the machine lets a runtime hold as many objects open as a load test wants.

import { execFileSync } from "node:child_process"

/** Measured: the database, its log and the log's index. */
const FILES_PER_OBJECT = 3

/** Objects that are in memory at the same time when a few thousand runs are started in a row. */
const OBJECTS_WANTED = 2_000

/** What to tell about a limit that is too low for that; `undefined` when it is not. */
export function openFilesWarning(): string | undefined {
  const limit = openFilesLimit()
  if (limit >= FILES_PER_OBJECT * OBJECTS_WANTED) return undefined
  const objects = Math.floor(limit / FILES_PER_OBJECT)
  return (
    `Only ${limit} files may be open at once, enough for about ${objects} runs in memory (one run is one object, one ` +
    `object is one file with its log); where more are due at once, some may lose their alarm, see docs/scale.md. Raise it ` +
    `for load: ulimit -n 65536`
  )
}

/** As the children of this process find it. */
function openFilesLimit(): number {
  const text = execFileSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).trim()
  return text === "unlimited" ? Infinity : Number(text)
}
