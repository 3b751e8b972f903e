// Run seen: a run as it was found after the chaos, and what is expected of every one.
// Owns: the rule for all systems: a run that was accepted is there and has ended. Pure.

export interface RunSeen {
  /** The engine's word. */
  readonly status: string
  readonly result: unknown
  /** Of the error of a run that failed or halted. */
  readonly errorCode: string | undefined
  readonly errorText: string | undefined
}

/** Runs by the name their caller gave them. */
export type RunsSeen = ReadonlyMap<string, RunSeen>

/** What is wrong about the end of a run. @param mayFail whether this failure is one that the contract foresees */
export function endFindings(
  name: string,
  run: RunSeen | undefined,
  mayFail: (run: RunSeen) => boolean = () => false,
): string[] {
  if (run === undefined) return [`${name}: was accepted and there is no run`]
  if (run.status === "completed") return []
  if (run.status === "failed" && mayFail(run)) return []
  const why = run.errorText === undefined ? "" : ` (${run.errorText})`
  return [`${name}: is ${run.status}${why}`]
}

/** Rows by what one of their columns says. */
export function grouped<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group === undefined) groups.set(keyOf(row), [row])
    else group.push(row)
  }
  return groups
}
