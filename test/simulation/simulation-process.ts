// Simulation process: a process that plays worlds: it carries out one order and says what came of it, line by line.
// Owns: the order's course and the real clock, which nothing else here may look at.

import { Playing } from "./platform/playing.ts"
import { enterWorlds, type Played } from "./platform/seed-run.ts"
import { Shortening } from "./platform/shortening.ts"
import type { Failure, SimulationLine, SimulationOrder } from "./simulation-order.ts"

const PROGRESS_EVERY_MS = 500

// Taken before the worlds take them over.
const realClock = performance

/** Resolves when the reader has it: a long line is cut off where the process ends before. */
function say(line: SimulationLine): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(`${JSON.stringify(line)}\n`, () => resolve())
  })
}

enterWorlds()
const playing = new Playing()

async function playSeeds(order: SimulationOrder & { readonly type: "seeds" }): Promise<void> {
  const startMs = realClock.now()
  const faults: Record<string, number> = {}
  let saidMs = startMs
  let events = 0
  let seeds = 0
  let hash = ""
  const progress = () => say({ type: "progress", seeds, events, cpuMs: cpuMs(), faults, hash })
  while (seeds < order.count && realClock.now() - startMs < order.forMs) {
    const next = order.listed?.[seeds] ?? order.from + seeds * order.step
    const played = await playing.play(next, { only: order.only })
    const { seed, finding } = played
    if (finding !== undefined && order.goesOn !== true) return say(await failed(played, order))
    if (finding !== undefined) await say({ type: "stumbled", seed, finding })
    seeds++
    events += played.events
    hash = played.hash
    for (const [name, count] of Object.entries(played.faults)) {
      faults[name] = (faults[name] ?? 0) + count
    }
    if (realClock.now() - saidMs > PROGRESS_EVERY_MS) {
      saidMs = realClock.now()
      await progress()
    }
  }
  await progress()
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** The failure as it came, played again to be told, and the shortest history that fails in the same way, with its trace. */
async function failed(
  first: Played,
  { only, shortenMs }: SimulationOrder & { readonly type: "seeds" },
): Promise<SimulationLine> {
  const { seed } = first
  const untilMs = realClock.now() + shortenMs
  const { script } = await new Shortening(first, {
    play: (script) => playing.play(seed, { only, script }),
    isOver: () => realClock.now() >= untilMs,
  }).run()
  const again = await playing.play(seed, { only, script: first.script, isTraceKept: true })
  const shortest = await playing.play(seed, { only, script, isTraceKept: true })
  return { type: "failed", first: told(again), shortest: told(shortest) }
}

function told(played: Played): Failure {
  const { seed, events, hash, story, finding, faults, trace } = played
  return { seed, events, hash, story, finding, faults, trace }
}

async function carryOut(order: SimulationOrder): Promise<void> {
  if (order.type === "seeds") return playSeeds(order)
  await say({
    type: "played",
    played: told(await playing.play(order.seed, { only: order.only, isTraceKept: true })),
  })
}

carryOut(JSON.parse(process.argv[2] ?? "") as SimulationOrder).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? "") : String(error)}\n`)
    process.exit(1)
  },
)
