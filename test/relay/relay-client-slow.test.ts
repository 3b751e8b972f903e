// Relays that are slow: one that needs more than its share of the time is overtaken, not given up.
import { getEventListeners } from "node:events"
import { afterEach, describe, expect, test, vi } from "vitest"
import { FAILED_MS } from "../../src/ledger/relay-choice.ts"
import {
  after,
  ANSWER,
  answering,
  clientOf,
  dead,
  failure,
  type FetchInit,
  gone,
  hanging,
  idFor,
  type RelayDouble,
  refusing,
} from "./relay-doubles.ts"

const A = "https://a.example"
const B = "https://b.example"
const C = "https://c.example"

/** Stands for the 16 s of a patient attempt, at a scale of one to twenty. */
const TIME_MS = 800
/** More than half of the time, for each answer. */
const SLOW_MS = 500
const slow = after(SLOW_MS, ANSWER)
const invalid = refusing(400, "invalid_request", "accounts[0].code: 0")

describe.concurrent("a relay that needs most of the time", () => {
  test("is heard, although there are others, that need as much", async ({ expect }) => {
    const { create, asked } = clientOf({ [A]: slow, [B]: slow, [C]: slow }, TIME_MS)
    for (let call = 0; call < 2; call++) {
      const startedAtMs = performance.now()
      expect(await create()).toMatchObject([{ status: "created" }])
      expect(performance.now() - startedAtMs).toBeLessThan(TIME_MS)
    }
    expect(asked).toEqual([A, B, A, B])
  })

  test.for<[string, RelayDouble]>([
    ["is dead", dead],
    ["is dead without a word why", gone],
    ["refuses for now", refusing(503, "draining", "It is about to end.")],
    ["refuses the key", refusing(403, "forbidden", "no right")],
    ["refuses, in an older version, what this one takes", invalid],
    ["says that the outcome is unknown", answering(504, { error: { code: "ledger_unknown" } })],
    ["hangs", hanging],
  ])("is heard when the next one, asked beside it, %s", async ([, next], { expect }) => {
    const { create, asked, order } = clientOf({ [A]: slow, [B]: next }, TIME_MS)
    expect(await create()).toMatchObject([{ status: "created" }])
    expect(asked).toEqual([A, B])
    expect(order()).toEqual([A, B])
  })

  test("is not waited for when the next one answers before", async ({ expect }) => {
    const { create, asked, requests } = clientOf({ [A]: slow, [B]: after(20, ANSWER) }, TIME_MS)
    const startedAtMs = performance.now()
    expect(await create()).toMatchObject([{ status: "created" }])
    expect(performance.now() - startedAtMs).toBeLessThan(SLOW_MS)
    expect(asked).toEqual([A, B])
    expect(requests.map(({ signal }) => signal.aborted)).toEqual([true, expect.any(Boolean)])
  })

  test("ends the request to the next one with its own answer", async ({ expect }) => {
    const { create, requests } = clientOf({ [A]: slow, [B]: hanging }, TIME_MS)
    await create()
    expect(requests[1]?.signal.aborted).toBe(true)
  })

  test.for([0, 10 * FAILED_MS])(
    "is heard in the end beside two that hang, with %i ms between the attempts",
    async (pauseMs, { expect }) => {
      // More than two thirds of the time, less than it has behind the one that is tried again.
      const slower = after(820, ANSWER)
      const { create, clock } = clientOf({ [A]: hanging, [B]: slower, [C]: hanging }, 1_200)
      const heard: boolean[] = []
      for (let call = 0; call < 5; call++) {
        heard.push(
          await create().then(
            () => true,
            () => false,
          ),
        )
        clock.nowMs += pauseMs
      }
      expect(heard.at(-1)).toBe(true)
    },
  )
})

describe("when the next one is asked", () => {
  /** The time from the call to each relay's request, in ms. */
  async function timesOf(relays: Readonly<Record<string, RelayDouble>>): Promise<number[]> {
    const times: number[] = []
    const noting = Object.entries(relays).map(([url, relay]): [string, RelayDouble] => [
      url,
      (init) => {
        times.push(performance.now())
        return relay(init)
      },
    ])
    const { create } = clientOf(Object.fromEntries(noting), 600)
    const startedAtMs = performance.now()
    await failure(create())
    return times.map((atMs) => atMs - startedAtMs)
  }

  test("after its share when it is silent: each of three gets as much", async () => {
    const [, second, third] = await timesOf({ [A]: hanging, [B]: hanging, [C]: hanging })
    expect(second).toBeGreaterThanOrEqual(190)
    expect(second).toBeLessThan(300)
    expect(third).toBeGreaterThanOrEqual(390)
    expect(third).toBeLessThan(500)
  })

  test("at once when it fails, also when one before it is still silent", async () => {
    const [, second, third] = await timesOf({ [A]: hanging, [B]: dead, [C]: hanging })
    expect(second).toBeGreaterThanOrEqual(190)
    expect((third ?? Infinity) - (second ?? 0)).toBeLessThan(90)
  })

  test("soon, when it failed lately and has not answered since: it is tried at little cost", async () => {
    const { create, clock, asked } = clientOf({ [A]: hanging, [B]: ANSWER }, 1_000)
    await create()
    clock.nowMs += FAILED_MS
    const startedAtMs = performance.now()
    await create()
    expect(asked).toEqual([A, B, A, B])
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(190)
    expect(performance.now() - startedAtMs).toBeLessThan(400)
  })
})

test("of many calls side by side, three keep the request that was overtaken, the others give it up", async () => {
  const relays = { [A]: hanging, [B]: after(150, ANSWER) }
  const { create, marks, asked, requests } = clientOf(relays, 500)
  const givenUp = () =>
    requests.filter(({ signal }, index) => asked[index] === A && signal.aborted).length
  // Twice: what the first calls held is free again.
  for (let time = 0; time < 2; time++) {
    marks.noteAnswer(A)
    asked.length = 0
    requests.length = 0
    const calls = Array.from({ length: 8 }, () => create())
    await expect.poll(() => asked.filter((url) => url === B).length, { interval: 5 }).toBe(8)
    expect(givenUp()).toBe(8 - 3)
    for (const outcomes of await Promise.all(calls)) {
      expect(outcomes).toMatchObject([{ status: "created" }])
    }
    expect(givenUp()).toBe(8)
  }
})

describe("what is known in the end", () => {
  test("a silent one among them: a write is unknown, whatever the others proved", async () => {
    for (const other of [dead, invalid, refusing(403, "forbidden", "no right")]) {
      const { create, lookUp } = clientOf({ [A]: hanging, [B]: other }, 200)
      const error = await failure(create())
      expect(error).toMatchObject({ code: "ledger_unknown", submitted: true })
      expect(error.message).toMatch(/relay https:\/\/a\.example gave no answer within/)
      expect(error.message).toMatch(/relay https:\/\/b\.example (answered 40|could not be reached)/)
      if (other === dead) {
        expect(await failure(lookUp())).toMatchObject({ code: "ledger_unavailable" })
      }
    }
  })

  test("refused by all, one of them late: nothing was submitted", async () => {
    const late = after(300, refusing(503, "stalled", "silent for 12 s"))
    const { create } = clientOf({ [A]: late, [B]: dead }, 500)
    expect(await failure(create())).toMatchObject({ code: "ledger_unavailable", submitted: false })
  })

  test("never acceptable counts for a write once no other relay can have taken it, for a read at once", async () => {
    const late = after(300, refusing(503, "stalled", "silent for 12 s"))
    const { create, lookUp, order } = clientOf({ [A]: late, [B]: invalid }, 500)
    const startedAtMs = performance.now()
    expect(await failure(create())).toMatchObject({ code: "ledger_invalid", submitted: false })
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(290)
    // It answered definitely; the other one failed.
    expect(order()).toEqual([B, A])
    const reading = clientOf({ [A]: hanging, [B]: invalid }, 400)
    const readAtMs = performance.now()
    expect(await failure(reading.lookUp())).toMatchObject({ code: "ledger_invalid" })
    expect(performance.now() - readAtMs).toBeLessThan(350)
    expect(await failure(lookUp())).toMatchObject({ code: "ledger_invalid" })
  })

  test("a call ends within its time although all are silent", async () => {
    const { create, requests } = clientOf({ [A]: hanging, [B]: hanging, [C]: hanging }, 300)
    const startedAtMs = performance.now()
    expect(await failure(create())).toMatchObject({ code: "ledger_unknown" })
    expect(performance.now() - startedAtMs).toBeLessThan(450)
    expect(requests.map(({ signal }) => signal.aborted)).toEqual([true, true, true])
  })
})

describe("marks", () => {
  test("one that was overtaken and answers all the same is asked first again", async () => {
    const { create, order } = clientOf({ [A]: slow, [B]: hanging }, TIME_MS)
    const call = create()
    await expect.poll(order, { interval: 20 }).toEqual([B, A])
    await call
    expect(order()).toEqual([A, B])
  })

  test("one that was overtaken and stays silent is asked last from then on, not only from the end on", async () => {
    const { create, order, clock } = clientOf({ [A]: hanging, [B]: after(200, ANSWER) }, 600)
    const call = create()
    await expect.poll(order, { interval: 20 }).toEqual([B, A])
    clock.nowMs += FAILED_MS - 1
    await call
    // It counts from the end: until then it was silent.
    clock.nowMs += FAILED_MS - 1
    expect(order()).toEqual([B, A])
  })

  test("one that was asked beside a slow one and had no time to answer is not blamed", async () => {
    const { create, marks } = clientOf({ [A]: slow, [B]: slow }, TIME_MS)
    await create()
    expect(marks.order([A, B], String(idFor([B, A])))).toEqual([
      { url: B, failed: false },
      { url: A, failed: false },
    ])
  })
})

test("the one that cost the most time of a call without an answer is asked last by the next one", async () => {
  const { create, order } = clientOf({ [A]: after(350, gone), [B]: hanging }, 400)
  await failure(create())
  expect(order()).toEqual([B, A])
})

describe("a caller that gives up", () => {
  test("ends all requests at once, no other relay is asked, and nobody is blamed", async () => {
    const { create, asked, requests, order } = clientOf(
      { [A]: hanging, [B]: hanging, [C]: ANSWER },
      600,
    )
    const giveUp = new AbortController()
    const call = failure(create({ signal: giveUp.signal }))
    await expect.poll(() => asked, { interval: 10 }).toEqual([A, B])
    const orderBefore = order()
    giveUp.abort()
    const startedAtMs = performance.now()
    expect(await call).toMatchObject({ code: "ledger_unknown" })
    expect(performance.now() - startedAtMs).toBeLessThan(100)
    expect(requests.map(({ signal }) => signal.aborted)).toEqual([true, true])
    expect(asked).toEqual([A, B])
    expect(order()).toEqual(orderBefore)
  })
})

describe("nothing is left behind", () => {
  /** Counts the timers that are set from now on and neither fire nor are cleared. */
  function watchTimers(): () => number {
    const pending = new Set<unknown>()
    const { setTimeout: set, clearTimeout: clear } = globalThis
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((act: () => void, ms: number) => {
      const timer = set(() => {
        pending.delete(timer)
        act()
      }, ms)
      pending.add(timer)
      return timer
    }) as typeof setTimeout)
    vi.spyOn(globalThis, "clearTimeout").mockImplementation((timer) => {
      pending.delete(timer)
      clear(timer)
    })
    return () => pending.size
  }

  afterEach(() => {
    vi.restoreAllMocks()
  })

  test.each<[string, Readonly<Record<string, RelayDouble>>]>([
    ["the first one's answer", { [A]: slow, [B]: hanging }],
    ["the second one's answer", { [A]: hanging, [B]: after(200, ANSWER) }],
    ["no answer", { [A]: hanging, [B]: hanging }],
    ["a refusal", { [A]: after(700, dead), [B]: after(200, dead) }],
    ["an answer that cannot be read", { [A]: hanging, [B]: answering(200, null) }],
  ])("no timer and no listener, after %s", async (_, relays) => {
    const { create, asked } = clientOf(relays, 2 * SLOW_MS - 100)
    const { signal } = new AbortController()
    const timers = watchTimers()
    const call = create({ signal }).catch(() => undefined)
    await expect.poll(() => asked, { interval: 20 }).toEqual([A, B])
    expect(timers()).toBeGreaterThan(0)
    expect(getEventListeners(signal, "abort")).toHaveLength(1)
    await call
    await new Promise((resolve) => setImmediate(resolve))
    expect(timers()).toBe(0)
    expect(getEventListeners(signal, "abort")).toEqual([])
  })

  test("what comes too late is ignored: a loser that answers or fails after the call has ended", async () => {
    const late = (end: (init: FetchInit) => Promise<Response>): RelayDouble => {
      return async (init) => {
        // It does not notice that nobody waits any more.
        await new Promise((resolve) => setTimeout(resolve, 350))
        return end(init)
      }
    }
    for (const loser of [late(ANSWER), late(dead), late(answering(200, { outcomes: 5 }))]) {
      const { create, order } = clientOf({ [A]: loser, [B]: ANSWER }, 400)
      expect(await create()).toMatchObject([{ status: "created" }])
      await new Promise((resolve) => setTimeout(resolve, 250))
      expect(order()).toEqual([B, A])
    }
  })

  test("the body is written once, for all relays", async () => {
    const { create, requests } = clientOf({ [A]: dead, [B]: gone, [C]: ANSWER })
    await create()
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1)
    expect(requests).toHaveLength(3)
  })
})
