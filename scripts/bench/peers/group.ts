// Group: the processes of one peer, as Linux tells of them: its group, and what has left the group but descends from it, as
// PostgreSQL's processes do.
// Owns: finding them, and how much of them stands in memory.

import { existsSync, readdirSync, readFileSync } from "node:fs"

interface Process {
  readonly pid: number
  readonly parent: number
  readonly group: number
}

/**
 * What stands in memory of the group that `leader` leads and of all descendants; `undefined` where there is no /proc. Pages
 * that several of them have count once (PSS): PostgreSQL's processes are not charged for the same buffers many times.
 */
export function groupBytes(leader: number): number | undefined {
  if (process.platform !== "linux") return undefined
  let bytes = 0
  for (const pid of membersOf(leader)) bytes += bytesOf(pid)
  return bytes
}

/** The ids of the processes in the group that `leader` leads and of all descendants; none where there is no /proc. */
export function membersOf(leader: number): ReadonlySet<number> {
  const all = process.platform === "linux" ? processes() : []
  const members = new Set(all.filter(({ group }) => group === leader).map(({ pid }) => pid))
  // PostgreSQL's processes lead groups of their own. A child may stand before its parent in the list.
  for (let before = -1; before < members.size;) {
    before = members.size
    for (const { pid, parent } of all) if (members.has(parent)) members.add(pid)
  }
  return members
}

/** Also one that has ended but that nobody has asked about yet. */
export function isThere(pid: number): boolean {
  return existsSync(`/proc/${pid}`)
}

/** One that has ended but that its parent has not asked about. */
export function isZombie(pid: number): boolean {
  return afterName(pid).startsWith("Z")
}

function processes(): Process[] {
  const found: Process[] = []
  for (const name of readdirSync("/proc")) {
    const pid = Number(name)
    if (Number.isNaN(pid)) continue
    const [, parent, group] = afterName(pid).split(" ")
    if (group !== undefined) found.push({ pid, parent: Number(parent), group: Number(group) })
  }
  return found
}

/** State, parent, group and so on: the name before them stands in brackets and may hold spaces and brackets. */
function afterName(pid: number): string {
  const stat = read(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(")") + 2)
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
