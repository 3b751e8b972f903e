// Fan-out: a parent with ten thousand children, killed in the middle, in bounded memory.

import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest"
import { pause } from "../../scripts/support/wait-until.ts"
import { CrashRuntime, CrashWorker } from "./support/crash-runtime.ts"

const CHILDREN = 10_000

/** Of the whole runtime, with all the objects it holds. */
const MEBIBYTES_MAX = 1_024

/** Into the first life: some thousand children are there, and some thousand are not. */
const KILLED_AFTER_MS = 20_000

const PATIENCE_MS = 600_000

/** Thirty thousand files are removed. */
const CLEANUP_MS = 60_000

let worker: CrashWorker

beforeAll(async () => {
  worker = await CrashWorker.bundle()
})

afterAll(() => worker.remove())

test(
  "check 42: ten thousand children, SIGKILL in the middle: all end once, below 1 GiB",
  { timeout: PATIENCE_MS + KILLED_AFTER_MS },
  async () => {
    const cleanup = (work: () => Promise<void>) => onTestFinished(work, CLEANUP_MS)
    const runtime = await CrashRuntime.start(worker, cleanup)
    let peak = 0
    const watch = setInterval(() => (peak = Math.max(peak, runtime.residentMebibytes)), 500)
    onTestFinished(() => clearInterval(watch))
    await runtime.startRun("fan", "fanOut", CHILDREN)
    await pause(KILLED_AFTER_MS)
    const before = runtime.objectCount
    clearInterval(watch)
    await runtime.kill()
    expect(before).toBeGreaterThan(200)
    expect(before).toBeLessThan(CHILDREN)

    await runtime.restart()
    const again = setInterval(() => (peak = Math.max(peak, runtime.residentMebibytes)), 500)
    onTestFinished(() => clearInterval(again))
    expect(await runtime.resultWithoutRequest("fan", PATIENCE_MS)).toBe(
      (CHILDREN * (CHILDREN + 1)) / 2,
    )
    expect(runtime.objectCount).toBe(CHILDREN + 1)
    expect(peak).toBeLessThan(MEBIBYTES_MAX)
  },
)
