// Simulation report: the ceilings and the storms as tables.
// Owns: the words. Reads figures, plays nothing.

import { CONSTANTS } from "./constants.ts"
import { printTable } from "../support/table.ts"
import type { PartFigures, Simulation } from "./simulation.ts"

export function showSimulation({ options, parts, storms }: Simulation): void {
  const { runsPerSecond, sleepers } = options
  console.log(
    `Ceilings with the settings as they come, lowest first (runs a second that begin and end):\n`,
  )
  const byCeiling = [...parts].sort((left, right) => standardCeiling(left) - standardCeiling(right))
  printTable(
    ["part", "setting", "standard", "ceiling", `for ${whole(runsPerSecond)} runs/s`],
    byCeiling.map((part) => [
      part.name,
      part.setting,
      String(part.standard),
      `${whole(standardCeiling(part))} /s`,
      enough(part, runsPerSecond),
    ]),
  )
  console.log(`\nEach setting, and what ${whole(runsPerSecond)} runs a second do to it:\n`)
  printTable(
    ["part", "setting", "ceiling", "p50", "p99", "waiting at the end"],
    parts.flatMap(({ name, settings }) =>
      settings.map(({ value, ceiling, played }) => [
        name,
        String(value),
        `${whole(ceiling)} /s`,
        time(played.p50Ms),
        time(played.p99Ms),
        whole(played.waiting),
      ]),
    ),
  )
  console.log(
    `\n${whole(sleepers)} sleeping runs that are due in the same minute; deployed, each object wakes by itself:\n`,
  )
  printTable(
    ["shards", "relays", "ledger p99", "index behind p50", "p99", "all done after"],
    storms
      .filter((storm) => !storm.options.isOneMachine)
      .map((storm) => [
        String(storm.options.shards),
        String(storm.options.relays),
        time(storm.ledgerP99Ms),
        time(storm.indexP50Ms),
        time(storm.indexP99Ms),
        time(storm.drainedMs),
      ]),
  )
  console.log("\nThe same on one machine of one's own:\n")
  printTable(
    ["runs", "due within", "late p50", "p99", "in memory", "memory", "open files"],
    storms.flatMap(({ options: storm, wakeP50Ms, wakeP99Ms, residents }) =>
      residents === undefined
        ? []
        : [
            [
              storm.sleepers.toLocaleString("en"),
              time(storm.windowMs),
              time(wakeP50Ms),
              time(wakeP99Ms),
              whole(residents.objects),
              `${(residents.memoryMebibytes / 1_024).toPrecision(2)} GiB`,
              whole(residents.openFiles),
            ],
          ],
    ),
  )
  const gigabytes = (sleepers * CONSTANTS.sleeperBytes.value) / 1e9
  console.log(`\n${whole(sleepers)} sleeping runs take ${whole(gigabytes)} GB of disk.`)
}

/** The least setting whose ceiling is above the wanted rate. */
function enough({ settings }: PartFigures, runsPerSecond: number): string {
  const value = settings.find(({ ceiling }) => ceiling >= runsPerSecond)?.value
  const most = settings.at(-1)
  if (value !== undefined) return String(value)
  return most === undefined ? "" : `more than ${most.value}`
}

function standardCeiling({ settings, standard }: PartFigures): number {
  return settings.find(({ value }) => value === standard)?.ceiling ?? Number.NaN
}

function whole(value: number): string {
  const digits = value < 1_000 ? 2 : 3
  return Number(value.toPrecision(digits)).toLocaleString("en")
}

function time(ms: number): string {
  if (ms >= 60_000) return `${(ms / 60_000).toFixed(1)} min`
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`
  return `${ms < 10 ? ms.toPrecision(2) : ms.toFixed(0)} ms`
}
