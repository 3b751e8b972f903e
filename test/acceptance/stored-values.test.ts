// Acceptance, steps and retries: what a value may be, wherever it stands, and what is said of one that may not.

import { describe, expect, it } from "vitest"
import { decode } from "../../src/engine/values/codec.ts"
import type { Context } from "../../src/engine/workflow/context.ts"
import { BODY_BYTES_MAX } from "../../src/engine/limits.ts"
import { registry } from "../object/support/registry.ts"
import {
  begin,
  crash,
  endOf,
  errorOf,
  journalOf,
  newId,
  resultOf,
  runs,
  suspended,
} from "../object/support/runs.ts"
import { ask } from "./support/ask.ts"

const echo = async (_: unknown, value: unknown) => value
const plainEcho = (_: unknown, value: unknown) => value

/** The value on every way through a run: in as input and as a signal, through both kinds of steps, out as state and result. */
function* passes(ctx: Context, input: unknown) {
  const through = [yield* ctx.run(echo, input), yield* ctx.run(plainEcho, input)]
  yield* ctx.publish("state", input)
  return [input, ...through, yield* ctx.signal("value")]
}

function cycle() {
  const value: Record<string, unknown> = { name: "cycle" }
  value["self"] = value
  value["list"] = [value, new Map([["self", value]])]
  return value
}

const values: Readonly<Record<string, () => unknown>> = {
  "null bytes": () => ({ "\0key": "a\0b\0" }),
  "text of every kind": () => '\u0000\u001f"\\\u2028\ud83d\ude00\ud800\uffff',
  undefined: () => undefined,
  "undefined inside": () => ({ there: undefined, list: [undefined, null] }),
  "a list with holes": () => [1, , 3], // oxlint-disable-line no-sparse-arrays
  "numbers beside JSON": () => [Number.NaN, Infinity, -Infinity, -0, Number.MAX_VALUE, 5e-324],
  bigint: () => [0n, -(2n ** 200n)],
  Date: () => [new Date(0), new Date(-1), new Date(8.64e15)],
  Map: () => new Map<unknown, unknown>([[{ key: 1 }, new Map([[Number.NaN, new Set()]])]]),
  Set: () => new Set<unknown>([1, "1", 1n, null, undefined]),
  "typed arrays": () => [
    new Uint8Array([0, 255]),
    new Int8Array([-1]),
    new Uint8ClampedArray([7]),
    new Int16Array([-2]),
    new Uint16Array([65_535]),
    new Int32Array([-3]),
    new Uint32Array([4_294_967_295]),
    new Float32Array([0.5]),
    new Float64Array([Math.PI]),
    new BigInt64Array([-4n]),
    new BigUint64Array([5n]),
    new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
    new Uint8Array([9, 8]).buffer,
  ],
  URL: () => [new URL("https://belay.example/a?b=c#d"), new URLSearchParams("a=1&a=2")],
  RegExp: () => /a(b)?/giu,
  "cyclic references": cycle,
  "one object twice": () => {
    const shared = { n: 1 }
    return [shared, shared]
  },
  "a key of the prototype": () => JSON.parse('{"__proto__": {"polluted": true}}') as unknown,
}

const MIB = 1024 * 1024

/** Text whose stored form takes exactly so many bytes: two of them are the quotes. */
const textOfBytes = (bytes: number) => "x".repeat(bytes - 2)

const TEXT_EDGES = [MIB - 1, MIB, MIB + 1, 2_000_000, 2 * MIB - 1, 2 * MIB, 2 * MIB + 1]

const texts = Object.fromEntries(
  TEXT_EDGES.map((bytes) => [`text of ${bytes} bytes`, () => textOfBytes(bytes)] as const),
)

const allValues: Readonly<Record<string, () => unknown>> = { ...values, ...texts }

describe("check 18: a value comes out of every place of a run as it went in, also after a crash", () => {
  it.each(Object.keys(allValues))("%s", async (name) => {
    const make = () => allValues[name]?.()
    const { id } = await begin(passes, [make()])
    await suspended(id)
    await crash(id)
    await runs.signal(id, "value", make())
    const expected = make()
    expect(await resultOf(id)).toStrictEqual([expected, expected, expected, expected])
    expect(decode((await runs.state(id, "state")) ?? "null")).toStrictEqual(expected)
    expect(Object.prototype).not.toHaveProperty("polluted")
  })

  it.each([MIB, 2 * MIB])("check 18: a typed array of %i bytes", async (length) => {
    const make = () => new Uint8Array(length).map((_, index) => index % 251)
    const { id } = await begin(passes, [make()])
    await suspended(id)
    await crash(id)
    await runs.signal(id, "value", make())
    const passed = (await resultOf(id)) as Uint8Array[]
    expect(passed).toHaveLength(4)
    for (const bytes of passed) {
      expect(bytes).toBeInstanceOf(Uint8Array)
      expect(bytes.length).toBe(length)
      expect(bytes.every((byte, index) => byte === index % 251)).toBe(true)
    }
  })

  it("check 18: over HTTP a body of 1 MiB passes, one byte more is refused with what to do", async () => {
    const { id } = await begin(passes, [1])
    const send = (bytes: number) =>
      ask(`POST /v1/runs/${id}/signals/value`, { body: textOfBytes(bytes) })
    const refused = await send(BODY_BYTES_MAX + 1)
    expect(refused).toMatchObject({ status: 413, code: "body_too_large" })
    expect(refused.message).toMatch(/1048576|1 MiB/)
    expect((await send(BODY_BYTES_MAX)).status).toBe(202)
    expect(await resultOf(id)).toEqual([1, 1, 1, textOfBytes(BODY_BYTES_MAX)])
  })
})

class Account {
  readonly balance = 1
}

const refusals: readonly (readonly [string, () => unknown, string])[] = [
  ["a function", () => ({ a: [1, { b: () => 1 }] }), ".a[1].b"],
  ["a symbol", () => [{ tag: Symbol("x") }], "[0].tag"],
  ["an instance of a class", () => ({ accounts: [new Account()] }), ".accounts[0]"],
  ["a promise", () => ({ later: Promise.resolve(1) }), ".later"],
  ["a WeakMap", () => ({ weak: new WeakMap() }), ".weak"],
  [
    "a getter that throws",
    () => ({
      ok: 1,
      get bad(): never {
        throw new Error("not readable")
      },
    }),
    ".bad",
  ],
]

describe("check 19: a value that cannot be stored fails where it is given, naming the place inside it", () => {
  it.each(refusals)("%s", async (_, make, path) => {
    const slowly = async () => make()
    const child = registry.define(function* child() {
      return 1
    })
    const { id } = await begin(function* (ctx) {
      const attempts = {
        result: () => ctx.run(make),
        "later result": () => ctx.run(slowly),
        state: () => ctx.publish("state", make()),
        child: () => ctx.rpc(child, make()),
        renewal: () => ctx.continueAsNew(make()),
      }
      const errors: unknown[] = []
      for (const [place, attempt] of Object.entries(attempts)) {
        try {
          yield* attempt()
        } catch (error) {
          const { code, message } = error as { code?: unknown; message: string }
          errors.push([place, code, message.includes(path), message])
        }
      }
      return errors
    })
    const errors = (await resultOf(id)) as unknown[][]
    expect(errors.map(([place]) => place)).toEqual([
      "result",
      "later result",
      "state",
      "child",
      "renewal",
    ])
    for (const error of errors) expect(error.slice(1, 3)).toEqual(["encoding", true])
    // A step's result has no second attempt, and what was refused stands nowhere.
    const journal = await journalOf(id)
    expect(journal.every(({ attempts }) => attempts <= 1)).toBe(true)
    expect(await runs.state(id, "state")).toBeUndefined()
  })

  it.each(refusals)(
    "check 19: %s at the doors starts and changes nothing",
    async (_, make, path) => {
      const { id, workflow } = await begin(passes, [1])
      const other = newId()
      const asked = {
        start: () => runs.start(other, { workflow, input: [make()] }),
        signal: () => runs.signal(id, "value", make()),
        update: () => runs.update(id, "value", make(), { waitMs: 0 }),
        settlement: () => runs.settlePromise("any", { type: "resolve", value: make() }),
      }
      for (const ask of [asked.start, asked.signal, asked.update]) {
        await expect(ask()).rejects.toMatchObject({
          code: "invalid_request",
          message: expect.stringContaining(path) as unknown,
        })
      }
      expect(await runs.get(other)).toBeUndefined()
      await runs.signal(id, "value", "good")
      expect(await resultOf(id)).toEqual([1, 1, 1, "good"])
    },
  )

  it("check 19: a result of the workflow that cannot be stored fails the run", async () => {
    const { id } = await begin(function* () {
      return { a: [() => 1] }
    })
    expect(await endOf(id)).toMatchObject({ status: "failed" })
    expect(await errorOf(id)).toMatchObject({ code: "encoding", path: ".a[0]" })
  })
})
