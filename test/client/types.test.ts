// Types: what flows from a workflow function to those who call it over HTTP.
import { describe, expectTypeOf, test } from "vitest"
import type { Context } from "../../src/engine/index.ts"
import type { InputOf } from "../../src/client/types.ts"
import { createClient, type Client } from "../../src/client/index.ts"

interface Order {
  readonly id: string
  readonly amount: number
}

function* buy(ctx: Context, order: Order) {
  const at = yield* ctx.date.now()
  return { order, total: 12n, at: new Date(at), lines: new Map([["a", 1]]), note: undefined }
}

function* tick() {
  return "done"
}

function* remind(_: Context, at: Date) {
  return at
}

type Bought = {
  order: { readonly id: string; readonly amount: number }
  total: string
  at: string
  lines: [string, number][]
  note: null
}

type Mapped = { buy: typeof buy; tick: typeof tick }

/** Never called: only its types are looked at. */
function starts(client: Client<Mapped>) {
  return {
    byName: () => client.start("1", { workflow: "buy", input: [{ id: "o", amount: 1 }] }),
    byFunction: () =>
      client.start<typeof buy>("1", { workflow: "v2/buy", input: [{ id: "o", amount: 1 }] }),
    withoutInput: () => client.start("1", { workflow: "tick" }),
    result: () => client.result<typeof buy>("1"),
  }
}

describe("types", () => {
  test("the result is what plain JSON leaves of it", () => {
    type Starts = ReturnType<typeof starts>
    type Result<K extends "byName" | "byFunction"> = Awaited<
      ReturnType<Awaited<ReturnType<Starts[K]>>["result"]>
    >
    expectTypeOf<Result<"byName">>().toEqualTypeOf<Bought>()
    expectTypeOf<Result<"byFunction">>().toEqualTypeOf<Bought>()
    expectTypeOf<Awaited<ReturnType<Starts["result"]>>>().toEqualTypeOf<Bought>()
  })

  test("input is checked, and a value that JSON would change is refused", () => {
    expectTypeOf<InputOf<typeof buy>>().toEqualTypeOf<[order: Order]>()
    expectTypeOf<InputOf<typeof remind>>().toEqualTypeOf<[at: never]>()
  })

  test("a client that knows no workflows takes any", () => {
    const client = createClient({ url: "http://belay" })
    const start = () => client.start("1", { workflow: "anything", input: [1, "a"] })
    type Started = Awaited<ReturnType<typeof start>>
    expectTypeOf<Awaited<ReturnType<Started["result"]>>>().toEqualTypeOf<unknown>()
  })
})
