// Group memory: how much of a process, with all that it started, stands in memory now, as Linux tells it.
// Owns: finding the processes. A process's share of pages that several have is counted once (PSS), so that PostgreSQL's
// processes are not charged for the same buffers many times over.

import { readdirSync, readFileSync } from "node:fs"

interface Process {
  readonly pid: number
  readonly parent: number
  readonly group: number
}

/** Bytes of the group that `leader` leads and of their descendants; `undefined` where there is no /proc. */
export function groupBytes(leader: number): number | undefined {
  if (process.platform !== "linux") return undefined
  const all = processes()
  const members = new Set(all.filter(({ group }) => group === leader).map(({ pid }) => pid))
  // PostgreSQL's processes lead groups of their own. A child may stand before its parent in the list.
  for (let before = -1; before < members.size;) {
    before = members.size
    for (const { pid, parent } of all) if (members.has(parent)) members.add(pid)
  }
  let bytes = 0
  for (const pid of members) bytes += bytesOf(pid)
  return bytes
}

function processes(): Process[] {
  const found: Process[] = []
  for (const name of readdirSync("/proc")) {
    const pid = Number(name)
    if (Number.isNaN(pid)) continue
    const stat = read(`/proc/${pid}/stat`)
    // The name in brackets may hold spaces and brackets: what follows it is state, parent, group.
    const [, parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    if (group !== undefined) found.push({ pid, parent: Number(parent), group: Number(group) })
  }
  return found
}

function bytesOf(pid: number): number {
  const kibibytes =
    /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`)) ??
    /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))
  return Number(kibibytes?.[1] ?? 0) * 1_024
}

/** Nothing where the process has ended meanwhile, or is not ours to look into. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return ""
  }
}
