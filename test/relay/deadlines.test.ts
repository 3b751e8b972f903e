// One timer for all who wait.
import { expect, test } from "vitest"
import { Deadlines } from "../../src/relay/calls/deadlines.ts"
import { Flight } from "../../src/relay/calls/flight.ts"

test("who waits hears of its end by its own deadline, and leaves nothing behind", async () => {
  const deadlines = new Deadlines()
  const flight = new Flight<string>(deadlines)
  const waits = [200, 40, 120, 5].map(async (waitMs) => {
    const startedAtMs = performance.now()
    expect(await flight.wait(waitMs)).toBeUndefined()
    return { waitMs, waitedMs: performance.now() - startedAtMs }
  })
  expect(deadlines.size).toBe(4)
  for (const { waitMs, waitedMs } of await Promise.all(waits)) {
    expect(waitedMs).toBeGreaterThanOrEqual(waitMs)
    expect(waitedMs).toBeLessThan(waitMs + 50)
  }
  expect(deadlines.size).toBe(0)
})

test("all hear the value at once, and who comes later hears it as well", async () => {
  const deadlines = new Deadlines()
  const flight = new Flight<string>(deadlines)
  const waits = [1, 2, 3].map(() => flight.wait(5_000))
  flight.settle("done")
  for (const settled of await Promise.all(waits)) expect(settled).toEqual({ value: "done" })
  expect(deadlines.size).toBe(0)
  expect(await flight.wait(0)).toEqual({ value: "done" })
})

test("all waits can be ended; the work goes on and can be waited for again", async () => {
  const deadlines = new Deadlines()
  const [one, other] = [new Flight<string>(deadlines), new Flight<string>(deadlines)]
  const waits = [one.wait(5_000), other.wait(5_000)]
  deadlines.expireAll()
  expect(await Promise.all(waits)).toEqual([undefined, undefined])
  const again = one.wait(5_000)
  one.settle("done")
  expect(await again).toEqual({ value: "done" })
})
