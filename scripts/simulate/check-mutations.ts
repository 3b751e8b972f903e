// Check mutations: every fault put into the source on purpose, and the seed whose world shows it.
// Owns: the order of it: one bundle and one process for each, as many at a time as there are cores.

import { mkdirSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import type { Mutation } from "../../test/simulation/mutations/mutation.ts"
import type { SimulationOrder } from "../../test/simulation/simulation-order.ts"
import { bundleSimulation } from "./bundle-simulation.ts"
import { linesOf } from "./play-worlds.ts"

export interface Caught {
  readonly mutation: Mutation
  /** What the first seed that shows it has found; `undefined` when none does. */
  readonly failure: Finding | undefined
}

interface Finding {
  readonly seed: number
  readonly finding: string
}

export interface MutationOptions {
  /** Where the bundles go. */
  readonly folder: string
  /** How many seeds are tried, from the mutation's own on. */
  readonly seeds: number
  readonly onCaught?: (caught: Caught) => void
}

/** @throws Error when a seed fails without its mutation as well, and so shows nothing */
export async function checkMutations(
  mutations: readonly Mutation[],
  options: MutationOptions,
): Promise<Caught[]> {
  mkdirSync(options.folder, { recursive: true })
  const sound = join(options.folder, "sound.mjs")
  await bundleSimulation(sound)
  // Where others may be tried, each is looked at when it is found.
  if (options.seeds === 1) await requireSound(sound, mutations)
  const all: Caught[] = []
  const left = [...mutations]
  const work = async () => {
    for (let mutation = left.shift(); mutation !== undefined; mutation = left.shift()) {
      const caught = { mutation, failure: await failureOf(mutation, sound, options) }
      options.onCaught?.(caught)
      all.push(caught)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return all
}

async function requireSound(sound: string, mutations: readonly Mutation[]): Promise<void> {
  const listed = [...new Set(mutations.map(({ seed }) => seed))]
  const failures = await failuresOf(sound, { from: 1, count: listed.length, listed, goesOn: true })
  const [first] = failures
  if (first === undefined) return
  throw new Error(
    `Seed ${first.seed} fails although nothing is broken on purpose: ${first.finding}\nMend that first.`,
  )
}

/** The first seed that fails with the mutation and not without it. */
async function failureOf(
  mutation: Mutation,
  sound: string,
  { folder, seeds }: MutationOptions,
): Promise<Finding | undefined> {
  const bundle = join(folder, `${mutation.name}.mjs`)
  await bundleSimulation(bundle, { mutation })
  const end = mutation.seed + seeds
  for (let from = mutation.seed; from < end;) {
    const [failure] = await failuresOf(bundle, { from, count: end - from })
    if (failure === undefined) return undefined
    const count = { from: failure.seed, count: 1 }
    if ((await failuresOf(sound, count)).length === 0) return failure
    from = failure.seed + 1
  }
  return undefined
}

type Seeds = Pick<
  SimulationOrder & { readonly type: "seeds" },
  "from" | "count" | "listed" | "goesOn"
>

async function failuresOf(bundle: string, seeds: Seeds): Promise<Finding[]> {
  const limits = { step: 1, forMs: 1e12, shortenMs: 0 }
  const lines = await linesOf(bundle, { type: "seeds", ...limits, ...seeds })
  return lines.flatMap((line): Finding[] => {
    if (line.type === "stumbled") return [line]
    return line.type === "failed" ? [{ ...line.first, finding: line.first.finding ?? "" }] : []
  })
}
