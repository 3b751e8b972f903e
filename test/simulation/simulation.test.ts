// The simulator itself: a fixed set of seeds holds every promise, a seed is a history byte for byte, and a history that
// fails is shortened to one that fails in the same way.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { bundleSimulation } from "../../scripts/simulate/bundle-simulation.ts"
import { linesOf } from "../../scripts/simulate/play-worlds.ts"
import { huntSeeds } from "../../scripts/simulate/seed-hunt.ts"
import { tellFailure } from "../../scripts/simulate/tell-failure.ts"

/** As many as take a few seconds; `npm run simulate` plays others, and more. */
const SEEDS = 100

/** What must take far less; a world that never ends must not hold up everything else. */
const FOR_MS = 180_000

const folder = mkdtempSync(join(tmpdir(), "belay-simulation-"))
const bundle = join(folder, "simulation.mjs")

beforeAll(() => bundleSimulation(bundle))

afterAll(() => rmSync(folder, { recursive: true }))

it(`the seeds 1 to ${SEEDS} hold every promise`, { timeout: FOR_MS * 2 }, async () => {
  const { seeds, faults, failed } = await huntSeeds({
    bundle,
    from: 1,
    seeds: SEEDS,
    forMs: FOR_MS,
    shortenMs: 10_000,
    goesOn: false,
    only: undefined,
    onProgress: () => undefined,
  })
  expect(failed && tellFailure(failed.first, failed.shortest)).toBeUndefined()
  expect(seeds).toBe(SEEDS)
  expect(Object.keys(faults).length).toBeGreaterThan(15)
})

it("the same seed is the same history, byte for byte", { timeout: FOR_MS }, async () => {
  const traceOf = async (seed: number) => {
    const [line] = await linesOf(bundle, { type: "trace", seed })
    if (line?.type !== "played") throw new Error("The process said something else.")
    return line.played
  }
  const [first, again, other] = await Promise.all([traceOf(19), traceOf(19), traceOf(20)])
  expect(again).toEqual(first)
  expect(first.trace.length).toBeGreaterThan(20)
  expect(other.hash).not.toBe(first.hash)
})

it("a seed is the same history whatever was played before it", { timeout: FOR_MS }, async () => {
  const hashOfLast = async (from: number, to: number) => {
    const limits = { step: 1, count: to - from + 1, forMs: FOR_MS, shortenMs: 0, goesOn: true }
    const lines = await linesOf(bundle, { type: "seeds", from, ...limits })
    const last = lines.at(-1)
    return last?.type === "progress" ? last.hash : undefined
  }
  const [alone, after] = await Promise.all([hashOfLast(12, 12), hashOfLast(3, 12)])
  expect(alone).toMatch(/^[0-9a-f]{16}$/)
  expect(after).toBe(alone)
})
