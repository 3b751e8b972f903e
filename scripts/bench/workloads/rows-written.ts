// Rows: what a run's start, its steps and its end write, counted and not clocked. No peer counts rows as this platform
// does; the floor of a start is the one insert that makes it durable.

import { onBenchRuntime } from "../bench-runtime.ts"
import { BELAY, type Figure } from "../figure.ts"
import { countRowsWritten } from "../rows.ts"
import type { Workload } from "../workload.ts"

const WORDS = {
  start: "before the first line of a run's body",
  startAndEnd: "of a run without steps, start and end",
  syncStep: "for a synchronous step in a sequence",
  asyncStep: "for an asynchronous step in a sequence",
} as const

export const rowsWritten: Workload = {
  name: "rows",
  title: "Rows written, alarms included",
  measure: ({ say }) =>
    onBenchRuntime(async ({ client }) => {
      say("rows: counting")
      const rows = await countRowsWritten(client)
      return Object.entries(WORDS).map(([name, what]): Figure => {
        const value = rows[name as keyof typeof WORDS]
        const lines = [{ contender: BELAY, readings: [{ round: 0, value }] }]
        return { id: `rows ${name}`, what, unit: "rows", lines }
      })
    }),
}
