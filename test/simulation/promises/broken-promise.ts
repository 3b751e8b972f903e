// Broken promise: the error a seed fails with.
// Owns: its sentence: which promise, which run, which path, what was expected, what was found; and behind it what the
// run has committed, for whoever goes to look.

import type { Check, Finding } from "./check.ts"
import type { RunView } from "./run-view.ts"

const RECORDS_SHOWN = 40
const TEXT_SHOWN = 100

export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise"
  readonly promise: string

  constructor({ promise, says }: Check, run: RunView, { path, expected, found }: Finding) {
    const place = path === undefined ? `run ${run.id}` : `run ${run.id}, path ${path}`
    const sentence = `${promise} (${says}) is broken: ${place}: expected ${expected}, found ${found}.`
    super(`${sentence}\n${evidence(run)}`)
    this.promise = promise
  }
}

function evidence({ rows, records }: RunView): string {
  const { run, alarmMs, ...others } = rows
  const journal = [...records.values()].slice(-RECORDS_SHOWN)
  return [
    `  alarm ${alarmMs}; run ${shown(run)}`,
    ...Object.entries(others).flatMap(([table, all]) =>
      all.length === 0 ? [] : [`  ${table} ${all.map(shown).join(" ")}`],
    ),
    ...journal.map((record) => `  ${shown(record)}`),
  ].join("\n")
}

function shown(value: object | undefined): string {
  const fields = Object.entries(value ?? {}).filter(
    ([, field]) => field !== null && field !== undefined,
  )
  const texts = fields.map(([name, field]) => `${name}=${String(field).slice(0, TEXT_SHOWN)}`)
  return `{${texts.join(" ")}}`
}
