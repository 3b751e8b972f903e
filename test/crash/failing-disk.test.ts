// A disk that refuses to write, for real: files of the runtime may not grow beyond a size. What was committed before stays,
// the object is reset, nothing counts as a failure, and on a sound disk the run goes on by itself.

import { afterAll, beforeAll, expect, test } from "vitest"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import { CrashRuntime, CrashWorker } from "./support/crash-runtime.ts"

const TEST_TIMEOUT_MS = 60_000
const SOON_MS = 20_000

const PIECES = 20

/** Room for some of the pieces, which are 60 kB each. */
const FILE_BYTES_MAX = 600_000

let worker: CrashWorker

beforeAll(async () => {
  worker = await CrashWorker.bundle()
})

afterAll(() => worker.remove())

test(
  "storage writes that fail: no step fails, nothing recorded is repeated, the run ends when the disk is sound (promises 1, 2, 11, 12)",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished, {
      fileBytesMax: FILE_BYTES_MAX,
    })
    const attemptsOf = (index: number) =>
      runtime.effects.of(`piece-${index}`).map(({ attempt }) => attempt)
    await runtime.startRun("hoarder", "hoards", PIECES)

    // It comes as far as there is room, and then tries the same again.
    const stuck = await waitUntil("a piece that finds no room", SOON_MS, () => {
      const index = Array.from({ length: PIECES }, (_, piece) => piece).find(
        (piece) => attemptsOf(piece).length > 1,
      )
      return index
    })
    expect(stuck).toBeGreaterThan(1)
    expect(stuck).toBeLessThan(PIECES)
    // Whoever looks sees it wait for its next attempt, or hears that the object did not answer: never a failure.
    const { status, body: shown } = await runtime.ask("GET /v1/runs/hoarder")
    const seen = status === 200 ? (shown as { status?: unknown }).status : codeOf(shown)
    expect(["running", "suspended", "overloaded"]).toContain(seen)
    await runtime.kill()
    await runtime.restart({ isSound: true })

    expect(await runtime.resultWithoutRequest("hoarder", SOON_MS)).toBe(PIECES * 60_000)
    const attempts = Array.from({ length: PIECES }, (_, index) => attemptsOf(index))
    // Numbers are truthful, and only where there was no room for an outcome is there more than one.
    for (const numbers of attempts) {
      expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other))
    }
    expect(attempts.filter((numbers) => numbers.length > 1).length).toBeLessThanOrEqual(4)
    expect(attempts[0]).toEqual([1])
    const { body } = await runtime.ask("GET /v1/runs/hoarder/journal?limit=1000")
    const { entries } = body as { entries: { state: string }[] }
    expect(new Set(entries.map(({ state }) => state))).toEqual(new Set(["completed"]))
  },
  TEST_TIMEOUT_MS,
)

function codeOf(body: unknown): unknown {
  return (body as { error?: { code?: unknown } }).error?.code
}
