// The simulator has teeth: every fault that is put into the source on purpose is found, each by the seed that is listed
// with it, which finds nothing without the fault. A quick run plays some of them, and sees that all of them still fit.

import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { checkMutations } from "../../scripts/simulate/check-mutations.ts"
import { someOf, thoroughly } from "../setup/thorough.ts"
import { ENGINE_MUTATIONS } from "./mutations/engine-mutations.ts"
import { MUTATIONS } from "./mutations/mutations.ts"
import { OBJECT_MUTATIONS } from "./mutations/object-mutations.ts"

/** What is asked of the simulator, at the least. */
const MUTATIONS_MIN = 45

/** Of each kind, in a quick run. */
const SAMPLE = 4

const TIMEOUT_MS = 300_000

const sample = [...someOf(ENGINE_MUTATIONS, SAMPLE), ...someOf(OBJECT_MUTATIONS, SAMPLE)]

it(
  `${thoroughly("every mutation is", "some mutations are each")} caught by its seed`,
  { timeout: TIMEOUT_MS },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "belay-mutations-"))
    try {
      const all = await checkMutations(sample, { folder, seeds: 1 })
      const missed = all.filter(({ failure }) => failure === undefined)
      expect(missed.map(({ mutation }) => mutation.name)).toEqual([])
      expect(all).toHaveLength(thoroughly(MUTATIONS.length, 2 * SAMPLE))
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)

it("the text that each replaces stands in its file exactly once", () => {
  const strays = MUTATIONS.flatMap(({ name, file, find }) => {
    const source = readFileSync(new URL(`../../src/${file}`, import.meta.url), "utf8")
    const times = source.split(find).length - 1
    return times === 1 ? [] : [`${name}: ${times} times in src/${file}`]
  })
  expect(strays).toEqual([])
})

it("each has a name of its own, and changes something", () => {
  expect(MUTATIONS.length).toBeGreaterThanOrEqual(MUTATIONS_MIN)
  expect(new Set(MUTATIONS.map(({ name }) => name)).size).toBe(MUTATIONS.length)
  expect(MUTATIONS.filter(({ find, replace }) => find === replace)).toEqual([])
})
