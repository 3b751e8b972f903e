// Faults on purpose: the n-th call of a step throws, hangs or crashes in the attempt that is named.

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import type { Fault } from "../../src/engine/ports/ports.ts"
import { Constant } from "../../src/engine/steps/retry.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { Program } from "../support/run-process.ts"
import { World } from "../support/world.ts"

const twoCalls: Program = (steps) => {
  const plain = steps.sync("plain", (_, n: number) => n)
  const asynchronous = steps.async("asynchronous", (_, n: number) => n)
  return function* (ctx: Context) {
    const options = ctx.options({ retryPolicy: Constant({ delayMs: 10 }), attemptTimeoutMs: 1_000 })
    return [
      yield* ctx.run(plain, 1, options),
      yield* ctx.run(plain, 2, options),
      yield* ctx.run(asynchronous, 3, options),
    ]
  }
}

function withFault(fault: Partial<Fault>): Promise<World> {
  const whole: Fault = { step: "plain", call: 1, attempt: 1, action: "throw", ...fault }
  return World.of(twoCalls, { faults: [whole] })
}

async function toTheEnd(world: World): Promise<void> {
  while (!world.isOver) await world.advanceToNextDue()
}

describe("faults on purpose", () => {
  test("throw: the attempt fails without a call, the next succeeds", async () => {
    const world = await withFault({})
    expect(world.steps.calls).toEqual([])
    expect(world.lines).toEqual(["start 0 plain", "fail 0"])
    await toTheEnd(world)
    expect(world.value).toEqual([1, 2, 3])
    expect(world.steps.callsOf("plain").map(({ attempt }) => attempt)).toEqual([2, 1])
    await expectSameReplay(world)
  })

  test("the n-th call of the function of that name is meant", async () => {
    const world = await withFault({ call: 2 })
    await toTheEnd(world)
    expect(world.steps.callsOf("plain").map(({ attempt }) => attempt)).toEqual([1, 2])
    expect(world.value).toEqual([1, 2, 3])
  })

  test("another attempt than the first can be meant", async () => {
    const world = await withFault({ attempt: 2 })
    expect(world.value).toEqual([1, 2, 3])
  })

  test("* means every attempt", async () => {
    const world = await withFault({ attempt: "*" })
    for (let count = 0; count < 5; count++) await world.advanceToNextDue()
    expect(world.isOver).toBe(false)
    expect(world.steps.calls).toEqual([])
    expect(world.lines.filter((line) => line.startsWith("fail"))).toHaveLength(6)
  })

  test("hang: the attempt ends by its timeout alone", async () => {
    const world = await withFault({ action: "hang", step: "asynchronous" })
    expect(world.machine.nextDueMs).toBe(world.startMs + 1_000)
    await toTheEnd(world)
    expect(world.value).toEqual([1, 2, 3])
    expect(world.steps.callsOf("asynchronous").map(({ attempt }) => attempt)).toEqual([2])
  })

  test.each(["plain", "asynchronous"])(
    "promise 2: crash: %s is called, its checkpoint is lost, and the attempt is counted",
    async (step) => {
      const world = await withFault({ action: "crash", step })
      expect(world.lives).toBe(2)
      expect(world.value).toEqual([1, 2, 3])
      const calls = world.steps.callsOf(step).slice(0, 2)
      expect(calls.map(({ attempt }) => attempt)).toEqual([1, 2])
      expect(new Set(calls.map(({ path }) => path)).size).toBe(1)
      await expectSameReplay(world)
    },
  )

  test("counting is the same after a crash", async () => {
    const faults: Fault[] = [
      { step: "plain", call: 1, attempt: 1, action: "crash" },
      { step: "plain", call: 2, attempt: 1, action: "crash" },
    ]
    const world = await World.of(twoCalls, { faults })
    await toTheEnd(world)
    expect(world.lives).toBe(3)
    expect(world.value).toEqual([1, 2, 3])
    await expectSameReplay(world)
  })

  test("promise 2: a step with a fault is recorded as started before it is called", async () => {
    const world = await withFault({ attempt: 5 })
    expect(world.lines[0]).toBe("completed 0 plain")
    const hit = await withFault({ action: "crash" })
    expect(hit.lines[0]).toBe("start 0 plain")
  })
})
