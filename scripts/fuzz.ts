// Fuzz: hostile hands at a real Worker and a real relay: every route of the contract, raw bytes, forged signatures, the
// codec, floods. Half of the time with tokens, half as a development server.
// npm run fuzz -- [--minutes 10] [--seed N] [--only http|probe|bytes|relay|codec|flood]
// Ends with 0 when nothing was found; with 1 at the first finding, shrunk, with its seed and how to send it again.

import { parseArgs } from "node:util"
import { BytesFuzzer } from "./fuzz/bytes-fuzzer.ts"
import { CodecFuzzer } from "./fuzz/codec-fuzzer.ts"
import { FloodFuzzer } from "./fuzz/flood-fuzzer.ts"
import { FuzzWorld, type Pass } from "./fuzz/fuzz-world.ts"
import type { Fuzzer } from "./fuzz/fuzzer.ts"
import { newTally, type Finding, type Tally } from "./fuzz/search.ts"
import { HttpFuzzer } from "./fuzz/http-fuzzer.ts"
import { liveness } from "./fuzz/liveness.ts"
import { MemoryWatch } from "./fuzz/memory-watch.ts"
import { ProbeFuzzer } from "./fuzz/probe-fuzzer.ts"
import { RelayFuzzer } from "./fuzz/relay-fuzzer.ts"

const FUZZERS: readonly Fuzzer[] = [
  new HttpFuzzer(),
  new ProbeFuzzer(),
  new BytesFuzzer(),
  new RelayFuzzer(),
  new CodecFuzzer(),
  new FloodFuzzer(),
]

/** Between two lines about how it goes, in ms. */
const PROGRESS_MS = 30_000

interface Settings {
  readonly minutes: number
  readonly seed: number
  readonly fuzzers: readonly Fuzzer[]
}

function settings(): Settings {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "10" },
      seed: { type: "string" },
      only: { type: "string" },
    },
  })
  const minutes = Number(values.minutes)
  if (!(minutes > 0)) throw new Error(`--minutes is "${values.minutes}"; give a number above 0.`)
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
  if (!Number.isSafeInteger(seed))
    throw new Error(`--seed is "${values.seed}"; give a whole number.`)
  const fuzzers = FUZZERS.filter(({ name }) => values.only === undefined || values.only === name)
  if (fuzzers.length === 0) {
    const names = FUZZERS.map(({ name }) => name).join(", ")
    throw new Error(`--only is "${values.only}"; there are ${names}.`)
  }
  return { minutes, seed, fuzzers }
}

/** One pass until its time is over; what was found, if anything. */
async function fuzz(
  pass: Pass,
  untilMs: number,
  { seed, fuzzers }: Settings,
  tallies: ReadonlyMap<Fuzzer, Tally>,
): Promise<Finding | undefined> {
  const world = await FuzzWorld.start(pass)
  const memory = new MemoryWatch()
  let toldAtMs = Date.now()
  try {
    for (let round = 0; Date.now() < untilMs; round++) {
      for (const fuzzer of fuzzers) {
        const tally = tallies.get(fuzzer) ?? newTally()
        const startedMs = performance.now()
        const found = await fuzzer.round(world, seed + round, tally)
        tally.tookMs += performance.now() - startedMs
        if (found !== undefined) {
          return { ...found, text: `${found.text}\nThe Worker said last:\n${world.logTail}` }
        }
      }
      const dead = await liveness(world, `${seed}-${round}`)
      if (dead !== undefined)
        return { fuzzer: "liveness", seed: seed + round, text: `${dead}\n${world.logTail}` }
      memory.sample(world.pids)
      if (Date.now() - toldAtMs < PROGRESS_MS) continue
      toldAtMs = Date.now()
      const cases = [...tallies.values()].reduce((sum, each) => sum + each.cases, 0)
      console.log(`${pass}: round ${round}, ${cases} cases; ${memory.lines().join("; ")}`)
    }
    for (const line of memory.lines()) console.log(`${pass}: memory: ${line}`)
    const growth = memory.growth()
    return growth === undefined ? undefined : { fuzzer: "memory", seed, text: growth }
  } finally {
    await world.end()
  }
}

function table(tallies: ReadonlyMap<Fuzzer, Tally>): string {
  return [...tallies]
    .map(([{ name }, { cases, tookMs, answers }]) => {
      const sorted = [...answers].sort(([left], [right]) => (left < right ? -1 : 1))
      const told = sorted.map(([answer, times]) => `${answer}: ${times}`).join(", ")
      return `${name.padEnd(7)} ${String(cases).padStart(8)} cases ${String(Math.round(tookMs / 1_000)).padStart(5)} s  ${told}`
    })
    .join("\n")
}

async function main(): Promise<number> {
  const given = settings()
  const { minutes, seed, fuzzers } = given
  console.log(
    `Fuzzing for ${minutes} minutes with seed ${seed}: ${fuzzers.map(({ name }) => name).join(", ")}.`,
  )
  const tallies = new Map(fuzzers.map((fuzzer) => [fuzzer, newTally()] as const))
  const startedAtMs = Date.now()
  let found: Finding | undefined
  for (const [index, pass] of (["tokens", "development"] as const).entries()) {
    const untilMs = startedAtMs + (minutes * 60_000 * (index + 1)) / 2
    found ??= await fuzz(pass, untilMs, given, tallies)
  }
  console.log(`\n${table(tallies)}`)
  if (found === undefined) {
    console.log(`Nothing was found with seed ${seed} in ${minutes} minutes.`)
    return 0
  }
  console.error(`\nFOUND by ${found.fuzzer}, seed ${found.seed}:\n${found.text}`)
  // What all of them together brought about is found by all of them together.
  const only = fuzzers.some(({ name }) => name === found.fuzzer) ? ` --only ${found.fuzzer}` : ""
  console.error(`\nAgain: npm run fuzz -- --minutes ${minutes} --seed ${found.seed}${only}`)
  return 1
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error)
    process.exit(2)
  },
)
