// The index of runs on disk: killed while starts pour in, and with a shard lost.

import { afterAll, beforeAll, expect, test } from "vitest"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import { CrashRuntime, CrashWorker } from "./support/crash-runtime.ts"

const TEST_TIMEOUT_MS = 120_000
const SOON_MS = 60_000

const CALLERS = 8

/** Into the stream of starts. */
const KILL_AFTER_MS = 2_500

let worker: CrashWorker

beforeAll(async () => {
  worker = await CrashWorker.bundle()
})

afterAll(() => worker.remove())

interface Card {
  readonly id: string
  readonly status: string
}

async function listAll(runtime: CrashRuntime, filter: string): Promise<Card[]> {
  const cards: Card[] = []
  let cursor: string | undefined
  do {
    const at = cursor === undefined ? "" : `&cursor=${cursor}`
    const { status, body } = await runtime.ask(`GET /v1/runs?limit=200&${filter}${at}`)
    expect(status).toBe(200)
    const page = body as { readonly runs: Card[]; readonly cursor?: string }
    cards.push(...page.runs)
    cursor = page.cursor
  } while (cursor !== undefined)
  return cards
}

/** Starts runs until the runtime is gone. @returns the ids whose start was answered */
async function pour(runtime: CrashRuntime, caller: number): Promise<string[]> {
  const answered: string[] = []
  for (let n = 0; ; n++) {
    const id = `pour-${caller}-${n}`
    // Some end at once, some sleep over the kill.
    const [workflow, input] = n % 4 === 0 ? ["naps", [{ nap: 4_000 }]] : ["one", [n]]
    try {
      const { status } = await runtime.ask(`POST /v1/runs/${id}`, { workflow, input })
      if (status === 201) answered.push(id)
    } catch {
      // The connection broke: the runtime is killed, and this start was not answered.
      return answered
    }
  }
}

test(
  "check 48: killed in a stream of starts: every run whose start was answered is listed, and as it ends",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    const pouring = Array.from({ length: CALLERS }, (_, caller) => pour(runtime, caller))
    setTimeout(() => void runtime.kill(), KILL_AFTER_MS)
    const answered = (await Promise.all(pouring)).flat()
    expect(answered.length).toBeGreaterThan(CALLERS)
    await runtime.kill()
    await runtime.restart()
    const listed = new Map(
      (await listAll(runtime, "idPrefix=pour-")).map((card) => [card.id, card]),
    )
    expect(answered.filter((id) => !listed.has(id))).toEqual([])
    await waitUntil("every run to be listed as completed", SOON_MS, async () => {
      const cards = await listAll(runtime, "idPrefix=pour-")
      const open = cards.filter(({ status }) => status !== "completed")
      return open.length === 0 && cards.length >= answered.length ? true : undefined
    })
  },
  TEST_TIMEOUT_MS,
)

test(
  "check 48: a shard whose disk is lost is rebuilt: the list is what it was",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    const ids = Array.from({ length: 60 }, (_, n) => `kept-${n}`)
    for (const id of ids) await runtime.startRun(id, "one", 1)
    const idsListed = async () =>
      (await listAll(runtime, "status=completed&idPrefix=kept-")).map(({ id }) => id)
    const before = await idsListed()
    expect(new Set(before)).toEqual(new Set(ids))
    // The other place has read them as well.
    await waitUntil("the copies", SOON_MS, async () => {
      const { body } = await runtime.ask("GET /v1/stats")
      const { unread } = (body as { readonly index: { readonly unread: number } }).index
      return unread === 0 ? true : undefined
    })
    await runtime.kill()
    runtime.loseShard()
    await runtime.restart()
    const left = await idsListed()
    expect(left.length).toBeLessThan(ids.length)
    expect(await runtime.ask("POST /v1/index/rebuild")).toMatchObject({ status: 202 })
    expect(await idsListed()).toEqual(before)
  },
  TEST_TIMEOUT_MS,
)
