// The simulated platform keeps to the facts of the real one: what was seen of it in storms of every kind.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { bundleSimulation } from "../../scripts/simulate/bundle-simulation.ts"
import { linesOf } from "../../scripts/simulate/play-worlds.ts"
import { tellFailure } from "../../scripts/simulate/tell-failure.ts"

const SEEDS = 80

const folder = mkdtempSync(join(tmpdir(), "belay-facts-"))
const bundle = join(folder, "facts.mjs")

beforeAll(() => bundleSimulation(bundle, { workloads: "test/simulation/facts/workloads.ts" }))

afterAll(() => rmSync(folder, { recursive: true }))

const FACTS: Readonly<Record<string, string>> = {
  "durable effects":
    "a stretch is written with its alarm or not at all, and nothing it sends leaves before",
  lives: "an instance runs in its own life only, and a new life runs the code that is live",
  alarms: "an alarm is delivered until its handler has returned",
  stretches:
    "a throw undoes its transaction alone, what was answered stands, what crosses is a copy",
}

it.each(Object.entries(FACTS))("%s: %s", async (only) => {
  const limits = { from: 1, step: 1, count: SEEDS, forMs: 60_000, shortenMs: 2_000 }
  const lines = await linesOf(bundle, { type: "seeds", only, ...limits })
  const failed = lines.find((line) => line.type === "failed")
  expect(failed && tellFailure(failed.first, failed.shortest)).toBeUndefined()
  const last = lines.at(-1)
  expect(last).toMatchObject({ type: "progress", seeds: SEEDS })
  // The weather was as bad as it can be.
  const faults = last?.type === "progress" ? Object.keys(last.faults) : []
  expect(faults).toEqual(
    expect.arrayContaining(["crash", "crashBeforeCommit", "crashAfterCommit", "slowCommit"]),
  )
})
