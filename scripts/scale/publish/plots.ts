// Plots: what was simulated and what was seen, as pictures for docs/scale.md.
// Owns: which figures make which picture. Must not touch: how a picture looks (line-chart.ts).

import { mkdirSync, writeFileSync } from "node:fs"
import { percentile } from "../../bench/statistics.ts"
import type { Simulation } from "../simulation.ts"
import type { TrialFigures } from "../sleepers/trial.ts"
import { drawLinePlot, type LinePlot } from "./line-chart.ts"

const FOLDER = "docs/img/scale"

export function publishSimulation({ options, parts, storms }: Simulation): void {
  const index = parts.find(({ setting }) => setting === "BELAY_INDEX_SHARDS")
  if (index !== undefined) {
    const shards = index.settings.map(({ value }) => value)
    publish("shards", {
      title: "Runs a second that the search index bears",
      x: "shards",
      y: "runs/s",
      isLogarithmic: true,
      lines: [
        { name: "ceiling", points: index.settings.map(({ value, ceiling }) => [value, ceiling]) },
        { name: "wanted", points: shards.map((value) => [value, options.runsPerSecond]) },
      ],
    })
  }
  const most = Math.max(...storms.map((storm) => storm.options.relays))
  const spread = storms.filter(({ options: each }) => !each.isOneMachine && each.relays === most)
  publish("storm", {
    title: "A million runs due in one minute: how far the index is behind",
    x: "shards",
    y: "ms",
    isLogarithmic: true,
    lines: [
      { name: "p50", points: spread.map((storm) => [storm.options.shards, storm.indexP50Ms]) },
      { name: "p99", points: spread.map((storm) => [storm.options.shards, storm.indexP99Ms]) },
    ],
  })
}

const PERCENTS = Array.from({ length: 101 }, (_, percent) => percent)

export function publishTrial({ options, latenessMs, samples }: TrialFigures): void {
  const { sleepers } = options
  const late = (percent: number) => percentile(latenessMs, percent / 100)
  publish("lateness", {
    title: `${sleepers.toLocaleString("en")} sleeping runs on one machine: how late they woke`,
    x: "ms late, at the most",
    y: "% of the runs",
    isLogarithmic: false,
    lines: [{ name: "runs", points: PERCENTS.map((percent) => [late(percent), percent]) }],
  })
  const beganMs = samples[0]?.atMs ?? 0
  publish("memory", {
    title: "The same: memory of the process, and files it holds open",
    x: "seconds since the first start",
    y: "MiB, files",
    isLogarithmic: false,
    lines: [
      {
        name: "memory, MiB",
        points: samples.map(({ atMs, memoryMebibytes }) => [
          (atMs - beganMs) / 1_000,
          memoryMebibytes,
        ]),
      },
      {
        name: "open files",
        points: samples.map(({ atMs, openFiles }) => [(atMs - beganMs) / 1_000, openFiles]),
      },
    ],
  })
}

function publish(name: string, plot: LinePlot): void {
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(`${FOLDER}/${name}.svg`, drawLinePlot(plot))
}
