// Sleepers report: what a trial has measured, as a table, and whether anything was lost.
// Owns: the words. Reads figures, measures nothing.

import { percentile } from "../../bench/statistics.ts"
import { printTable } from "../../support/table.ts"
import type { TrialFigures } from "./trial.ts"

export function showTrial(figures: TrialFigures): void {
  const { options, asleep, starting, waking, latenessMs } = figures
  const mebibytes = (value: number) => `${value.toFixed(0)} MiB`
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
  const rows: [string, string][] = [
    ["sleepers", options.sleepers.toLocaleString("en")],
    ["starts a second", figures.startsPerSecond.toFixed(0)],
    [
      "memory and open files, most while starting",
      `${mebibytes(starting.memoryMebibytes)}, ${starting.openFiles}`,
    ],
    ["memory and open files, asleep", `${mebibytes(asleep.memoryMebibytes)}, ${asleep.openFiles}`],
    [
      "disk of a sleeper",
      `${(asleep.bytesPerSleeper / 1_024).toFixed(1)} KiB in ${asleep.filesPerSleeper.toFixed(2)} files`,
    ],
    [
      "memory and open files, most while waking",
      `${mebibytes(waking.memoryMebibytes)}, ${waking.openFiles}`,
    ],
    [
      "lateness p50, p99, most",
      [0.5, 0.99, 1].map((share) => seconds(percentile(latenessMs, share))).join(", "),
    ],
    ["all awake after", seconds(figures.drainMs)],
    ["of the machine's time, for each", `${(figures.drainMs / options.sleepers).toFixed(2)} ms`],
    ["woken by their alarms", String(figures.wokenByAlarm)],
    ["woken at last, of them more than once", `${figures.woken}, ${figures.twice}`],
    ["on disk afterwards", told(figures.statuses)],
  ]
  if (figures.reopenMs !== undefined) {
    rows.push(["port open after the kill", `${figures.reopenMs} ms`])
    rows.push(["memory then", mebibytes(figures.afterKillMebibytes ?? 0)])
  }
  if (figures.index !== undefined) {
    rows.push(["the index says", told(figures.index.statuses)])
    rows.push(["it had heard of all after the last by", seconds(figures.index.caughtUpMs)])
  }
  printTable(["", options.isFloor ? "bare objects" : "runs"], rows)
}

type Counted = Pick<
  TrialFigures,
  "options" | "isInTime" | "woken" | "wokenByAlarm" | "twice" | "statuses"
>

/** What is wrong with it: nothing, as it should be. */
export function lossesOf(figures: Counted): string[] {
  const { sleepers, isFloor } = figures.options
  const losses: string[] = []
  if (!figures.isInTime)
    losses.push("not all were asleep before the first was due; give a longer --due-in")
  const missed = figures.woken - figures.wokenByAlarm
  if (missed > 0) losses.push(`${missed} were missed by the runtime and woken by a rebuild`)
  if (figures.woken !== sleepers) losses.push(`${sleepers - figures.woken} never woke`)
  if (figures.twice > 0) losses.push(`${figures.twice} ran their step more than once`)
  const completed = figures.statuses["completed"] ?? 0
  if (!isFloor && completed !== sleepers) {
    losses.push(`${completed} of ${sleepers} are completed on disk: ${told(figures.statuses)}`)
  }
  return losses
}

function told(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ")
}
