// Fan-out: a parent with ten thousand children (four hundred unless thorough), killed in the middle, in bounded memory.

import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import { thoroughly } from "../setup/thorough.ts"
import { CrashRuntime, CrashWorker } from "./support/crash-runtime.ts"

const CHILDREN = thoroughly(10_000, 400)

/** Of the whole runtime, with all the objects it holds. */
const MEBIBYTES_MAX = 1_024

/** Of them are there when it is killed, and the others are not. */
const KILLED_AT = CHILDREN * 0.4

const PATIENCE_MS = 600_000

/** Thirty thousand files are removed. */
const CLEANUP_MS = 60_000

let worker: CrashWorker

beforeAll(async () => {
  worker = await CrashWorker.bundle()
})

afterAll(() => worker.remove())

test(
  `check 42: ${CHILDREN} children, SIGKILL in the middle: all end once, below 1 GiB`,
  { timeout: 2 * PATIENCE_MS },
  async () => {
    const cleanup = (work: () => Promise<void>) => onTestFinished(work, CLEANUP_MS)
    const runtime = await CrashRuntime.start(worker, cleanup)
    let peak = 0
    const watch = setInterval(() => (peak = Math.max(peak, runtime.residentMebibytes)), 500)
    onTestFinished(() => clearInterval(watch))
    await runtime.startRun("fan", "fanOut", CHILDREN)
    await waitUntil("a part of the children", PATIENCE_MS, () =>
      runtime.objectCount > KILLED_AT ? true : undefined,
    )
    const before = runtime.objectCount
    clearInterval(watch)
    await runtime.kill()
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
