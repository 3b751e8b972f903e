// The runs client: what it asks again when an object was reset under the call, and what it must not.

import { describe, expect, it } from "vitest"
import { createRuns, type RunDoor } from "../../src/object/runs-client.ts"
import type { Answer } from "../../src/object/answer.ts"
import { pack, unpack } from "../../src/object/wire.ts"

const reset = Object.assign(new Error("Durable Object reset."), { durableObjectReset: true })
const overloaded = Object.assign(new Error("Too many requests."), { overloaded: true })

/** Doors that throw these errors one after another, and then answer; counts calls and doors. */
function failing(errors: Error[], answer: unknown) {
  const asked = { calls: 0, doors: 0 }
  const method = async (): Promise<Answer<unknown>> => {
    asked.calls++
    const error = errors.shift()
    if (error !== undefined) throw error
    return answer as Answer<unknown>
  }
  const runs = createRuns(() => {
    asked.doors++
    return new Proxy({}, { get: () => method }) as RunDoor
  })
  return { runs, asked }
}

const record = { id: "r", status: "running", inputText: "[]" }
const ok = { ok: true, value: record }

describe("a call whose object was reset", () => {
  it("is made again through a fresh door: reads, starts, messages with a key", async () => {
    const asks: ((runs: ReturnType<typeof createRuns>) => Promise<unknown>)[] = [
      (runs) => runs.get("r"),
      (runs) => runs.result("r", 10),
      (runs) => runs.journal("r", undefined, 10),
      (runs) => runs.state("r", "s"),
      (runs) => runs.signal("r", "s", 1, "key"),
      (runs) => runs.update("r", "u", 1),
      (runs) => runs.updateAnswer("r", "u", "key", 0),
      (runs) => runs.cancel("r", {}),
    ]
    for (const ask of asks) {
      const { runs, asked } = failing([reset], ok)
      await ask(runs)
      expect(asked).toEqual({ calls: 2, doors: 2 })
    }
    const { runs, asked } = failing([reset], { ok: true, value: { created: true, run: record } })
    expect(await runs.start("r", { workflow: "w", input: [] })).toEqual({
      created: true,
      run: record,
    })
    expect(asked.calls).toBe(2)
  })

  it("is not made again where twice would be another thing", async () => {
    const asks: ((runs: ReturnType<typeof createRuns>) => Promise<unknown>)[] = [
      (runs) => runs.signal("r", "s", 1),
      (runs) => runs.kill("r", {}),
      (runs) => runs.retry("r", {}),
      (runs) => runs.skip("r", { path: "0", value: 1 }),
    ]
    for (const ask of asks) {
      const { runs, asked } = failing([reset], ok)
      await expect(ask(runs)).rejects.toMatchObject({ code: "overloaded" })
      expect(asked.calls).toBe(1)
    }
  })

  it("is given up after four tries, as overloaded", async () => {
    const { runs, asked } = failing([reset, reset, reset, reset, reset], ok)
    await expect(runs.get("r")).rejects.toMatchObject({ code: "overloaded" })
    expect(asked.calls).toBe(4)
  })

  it("is not made again when the object says that it has too much to do", async () => {
    const { runs, asked } = failing([overloaded], ok)
    await expect(runs.get("r")).rejects.toMatchObject({ code: "overloaded" })
    expect(asked.calls).toBe(1)
  })

  it("keeps the key of an update, so that it stays one", async () => {
    const keys: string[] = []
    const runs = createRuns(
      () =>
        ({
          update: async (_id: string, _name: string, _text: string, key: string) => {
            keys.push(key)
            if (keys.length < 3) throw reset
            return { ok: true, value: { state: "pending", key } }
          },
        }) as unknown as RunDoor,
    )
    await runs.update("r", "u", 1)
    expect(new Set(keys).size).toBe(1)
    expect(keys).toHaveLength(3)
  })
})

it("a refusal is thrown with its code and never asked again", async () => {
  const refusal = { ok: false, code: "run_unknown", message: "no", details: { id: "r" } }
  const { runs, asked } = failing([], refusal)
  await expect(runs.get("r")).rejects.toMatchObject({
    name: "BelayError",
    code: "run_unknown",
    details: { id: "r" },
  })
  expect(asked.calls).toBe(1)
})

it("what cannot be stored is refused before anything is asked", async () => {
  const { runs, asked } = failing([], ok)
  for (const ask of [
    () => runs.start("r", { workflow: "w", input: [() => 1] }),
    () => runs.signal("r", "s", Symbol("x")),
    () => runs.update("r", "u", () => 1),
    () => runs.skip("r", { path: "0", value: () => 1 }),
  ]) {
    await expect(ask()).rejects.toMatchObject({ code: "invalid_request" })
  }
  expect(asked.calls).toBe(0)
})

it("long texts cross as bytes and come back the same, wherever they stand", () => {
  const long = "é漢🎁\0".repeat(50_000)
  const value = {
    short: "x",
    long,
    list: [1, null, undefined, { deep: long, no: false }],
    none: undefined,
  }
  const packed = pack(value) as unknown as { long: unknown; short: unknown }
  expect(packed.long).toBeInstanceOf(Uint8Array)
  expect(packed.short).toBe("x")
  expect(unpack(pack(value))).toEqual(value)
})

describe("an object that cannot be reached", () => {
  it("is no reason to tell anybody what it threw", async () => {
    const secret = "SQLITE_ERROR near 'the secret'"
    const { runs } = failing([new Error(secret)], ok)
    const told: unknown = await runs.kill("r", {}).catch((error: unknown) => error)
    expect(told).toMatchObject({ code: "overloaded", details: undefined })
    expect(String(told)).not.toContain("secret")
  })
})
