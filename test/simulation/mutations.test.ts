// The simulator has teeth: every fault that is put into the source on purpose is found, each by the seed that is listed
// with it, which finds nothing without the fault.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { checkMutations } from "../../scripts/simulate/check-mutations.ts"
import { MUTATIONS } from "./mutations/mutations.ts"

/** What is asked of the simulator, at the least. */
const MUTATIONS_MIN = 25

const TIMEOUT_MS = 300_000

it("every mutation is caught by its seed", { timeout: TIMEOUT_MS }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "belay-mutations-"))
  try {
    const all = await checkMutations(MUTATIONS, { folder, seeds: 1 })
    const missed = all.filter(({ failure }) => failure === undefined)
    expect(missed.map(({ mutation }) => mutation.name)).toEqual([])
    expect(all.length).toBeGreaterThanOrEqual(MUTATIONS_MIN)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it("each has a name of its own", () => {
  expect(new Set(MUTATIONS.map(({ name }) => name)).size).toBe(MUTATIONS.length)
})
