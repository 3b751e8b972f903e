// Simulate: our real code in simulated worlds, in which everything goes wrong that can.
// npm run simulate -- [--seeds N] [--from S] [--minutes M] [--story NAME] [--all] [--trace] [--mutations [NAME …]]
// Plays the seeds S to S + N - 1 over all cores; the first that fails is shortened and told, and ends it with 1. `--all`
// goes on after that and tells the kinds of failures. `--story` plays one workload only; a seed is another story then.
// `--trace` prints everything that happens in seed S. `--mutations` puts one fault after the other into our source, and
// ends with 1 when the simulator does not find one of them at its seed; `--seeds N` then tries N seeds from there.

import { mkdirSync } from "node:fs"
import { parseArgs } from "node:util"
import { MUTATIONS } from "../test/simulation/mutations/mutations.ts"
import { bundleSimulation } from "./simulate/bundle-simulation.ts"
import { checkMutations, type Caught } from "./simulate/check-mutations.ts"
import { linesOf } from "./simulate/play-worlds.ts"
import { huntSeeds, type Found } from "./simulate/seed-hunt.ts"
import { faultsOf, tellFailure, tellKinds } from "./simulate/tell-failure.ts"

const FOLDER = ".belay/simulation"
const SEEDS_DEFAULT = "1000"
const SHORTEN_MS = 60_000
const MINUTE_MS = 60_000

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number > 0) return number
  throw new Error(`--${name} is "${text}"; give a whole number from 1.`)
}

async function traceOf(bundle: string, seed: number, only: string | undefined): Promise<number> {
  const order = { type: "trace", seed, ...(only === undefined ? {} : { only }) } as const
  for (const line of await linesOf(bundle, order)) {
    if (line.type !== "played") continue
    const { story, trace, finding, events, hash } = line.played
    console.log([story, "", ...trace, "", `${events} events, trace ${hash}.`].join("\n"))
    if (finding === undefined) return 0
    console.log(`\n${finding}`)
  }
  return 1
}

async function mutations(seeds: number, only: readonly string[]): Promise<number> {
  const wanted = MUTATIONS.filter(({ name }) => only.length === 0 || only.includes(name))
  const all = await checkMutations(wanted, {
    folder: `${FOLDER}/mutations`,
    seeds,
    onCaught: (caught) => console.log(caughtLine(caught)),
  })
  const missed = all.filter(({ failure }) => failure === undefined)
  console.log(`\n${all.length - missed.length} of ${all.length} mutations are caught.`)
  return missed.length === 0 ? 0 : 1
}

function caughtLine({ mutation, failure }: Caught): string {
  const head = `${mutation.name} (${mutation.what})`
  if (failure === undefined) return `NOT CAUGHT  ${head}`
  return `seed ${failure.seed}  ${head}\n    ${failure.finding.split("\n", 1)[0]}`
}

function summary({ seeds, events, cpuMs, faults }: Found): string {
  const perMinute = cpuMs === 0 ? 0 : Math.round((events / cpuMs) * MINUTE_MS)
  return `${seeds} seeds, ${events} events, ${perMinute} a minute of one core; faults: ${faultsOf({ faults })}`
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      mutations: { type: "boolean", default: false },
      seeds: { type: "string" },
      from: { type: "string", default: "1" },
      minutes: { type: "string" },
      all: { type: "boolean", default: false },
      story: { type: "string" },
      trace: { type: "boolean", default: false },
    },
  })
  const from = wholeNumber("from", values.from)
  if (values.mutations) return mutations(wholeNumber("seeds", values.seeds ?? "1"), positionals)
  mkdirSync(FOLDER, { recursive: true })
  const bundle = `${FOLDER}/simulation.mjs`
  await bundleSimulation(bundle)
  if (values.trace) return traceOf(bundle, from, values.story)
  const found = await huntSeeds({
    bundle,
    from,
    seeds: wholeNumber("seeds", values.seeds ?? SEEDS_DEFAULT),
    forMs: values.minutes === undefined ? 1e12 : wholeNumber("minutes", values.minutes) * MINUTE_MS,
    shortenMs: SHORTEN_MS,
    goesOn: values.all,
    only: values.story,
    onProgress: (so) => {
      if (process.stdout.isTTY) process.stdout.write(`\r${so.seeds} seeds, ${so.events} events `)
    },
  })
  console.log(`${process.stdout.isTTY ? "\n" : ""}${summary(found)}`)
  if (found.stumbled.size > 0) {
    console.log(`\n${tellKinds(found.stumbled)}`)
    return 1
  }
  if (found.failed === undefined) return 0
  console.log(`\n${tellFailure(found.failed.first, found.failed.shortest)}`)
  return 1
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(2)
  },
)
