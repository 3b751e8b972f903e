// Scale: what a big deployment would do, in a simulation with measured constants; and sleeping runs for real on this machine.
// npm run scale [-- --runs-per-second N] [--seed N] [--publish]
// Plays the parts of a deployment with the constants of scale/constants.ts: a million sleeping runs, so many that begin and
// end a second. Prints where the first ceiling is and which setting moves it; the figures go to .belay/scale.json.
// npm run scale -- --measure
// Prints the constants that a machine can tell.
// npm run scale -- --sleepers N [--window S] [--due-in S] [--kill asleep|overdue] [--without-index] [--floor]
// [--open-files N] [--publish]
// Starts N runs that sleep, waits until they have left the memory, and wakes them; ends with 1 when one is lost or doubled.
// --publish draws the pictures of docs/scale.md from what was seen.

import { mkdirSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { CONSTANTS } from "./scale/constants.ts"
import { measureConstants, showConstants } from "./scale/measure.ts"
import { publishSimulation, publishTrial } from "./scale/publish/plots.ts"
import { showSimulation } from "./scale/simulation-report.ts"
import { simulate, type Simulation, type SimulationOptions } from "./scale/simulation.ts"
import { lossesOf, showTrial } from "./scale/sleepers/sleepers-report.ts"
import { runTrial, type TrialFigures, type TrialOptions } from "./scale/sleepers/trial.ts"

const SIMULATED_SLEEPERS = 1_000_000

const CALLERS = 64

/** Starts a second that even a busy machine manages. */
const STARTS_PER_SECOND_MIN = 150

const SETTLING_S = 25

/** An object that rests leaves the memory after ten seconds; the runtime looks for such only now and then. */
const SETTLE_MS = 16_000

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      "runs-per-second": { type: "string", default: "10000" },
      seed: { type: "string", default: "1" },
      publish: { type: "boolean", default: false },
      sleepers: { type: "string" },
      window: { type: "string", default: "0" },
      "due-in": { type: "string" },
      kill: { type: "string", default: "never" },
      "without-index": { type: "boolean", default: false },
      floor: { type: "boolean", default: false },
      "open-files": { type: "string" },
      measure: { type: "boolean", default: false },
    },
  })
  if (values.measure) {
    showConstants(await measureConstants((line) => process.stderr.write(`${line}\n`)))
    return 0
  }
  if (values.sleepers === undefined) {
    const runsPerSecond = wholeNumber("runs-per-second", values["runs-per-second"])
    const seed = wholeNumber("seed", values.seed)
    const simulation = play({ seed, runsPerSecond, sleepers: SIMULATED_SLEEPERS })
    if (values.publish) publishSimulation(simulation)
    return 0
  }
  const sleepers = wholeNumber("sleepers", values.sleepers)
  const defaultDueInS = Math.ceil(sleepers / STARTS_PER_SECOND_MIN) + SETTLING_S
  const figures = await sleep({
    sleepers,
    callers: CALLERS,
    hasIndex: !values["without-index"] && !values.floor,
    isFloor: values.floor,
    dueInMs: wholeNumber("due-in", values["due-in"] ?? String(defaultDueInS)) * 1_000,
    settleMs: SETTLE_MS,
    windowMs: wholeNumber("window", values.window) * 1_000,
    kill: killOf(values.kill),
    ...(values["open-files"] === undefined
      ? {}
      : { openFilesMax: wholeNumber("open-files", values["open-files"]) }),
  })
  if (values.publish) publishTrial(figures)
  const losses = lossesOf(figures)
  console.log(losses.length === 0 ? "All woke, each exactly once." : losses.join("\n"))
  return losses.length === 0 ? 0 : 1
}

function play(options: SimulationOptions): Simulation {
  const simulation = simulate(options, CONSTANTS, (line) => process.stderr.write(`${line}\n`))
  showSimulation(simulation)
  mkdirSync(".belay", { recursive: true })
  writeFileSync(
    ".belay/scale.json",
    JSON.stringify({ constants: CONSTANTS, ...simulation }, null, 2),
  )
  return simulation
}

async function sleep(options: TrialOptions): Promise<TrialFigures> {
  const begunMs = performance.now()
  const figures = await runTrial(options, (line) => {
    process.stderr.write(`${((performance.now() - begunMs) / 1_000).toFixed(0)} s: ${line}\n`)
  })
  showTrial(figures)
  mkdirSync(".belay", { recursive: true })
  writeFileSync(".belay/scale-sleepers.json", JSON.stringify(figures))
  return figures
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw new Error(`--${name} is "${text}"; give a whole number.`)
}

function killOf(text: string): TrialOptions["kill"] {
  if (text === "never" || text === "asleep" || text === "overdue") return text
  throw new Error(`--kill is "${text}"; there are asleep and overdue.`)
}

process.exitCode = await main()
