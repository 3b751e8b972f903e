// Flow limits: what register takes and refuses, and the key of a run.

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { limitKeyOf, type FlowLimits } from "../../src/engine/workflow/flow-limits.ts"
import { Registry } from "../../src/engine/workflow/registry.ts"

// oxlint-disable-next-line require-yield
function* mail(_: Context, tenant: string) {
  return tenant
}

const key = (tenant: string) => tenant

describe("limits are looked at when a workflow is registered", () => {
  test.each<FlowLimits>([
    { key, concurrency: 1 },
    { key, rate: { starts: 1, perMs: 1 } },
    { key, concurrency: 5, rate: { starts: 1_000, perMs: 315_360_000_000 } },
  ])("%o is taken", (limits) => {
    const registry = new Registry()
    expect(registry.register("mail", mail, { limits }).limits).toBe(limits)
  })

  test.each<[object, string]>([
    [{ key }, "neither concurrency nor rate"],
    [{ concurrency: 1 }, "a function as key"],
    [{ key: "tenant", concurrency: 1 }, "a function as key"],
    [{ key, concurrency: 0 }, "concurrency 0"],
    [{ key, concurrency: 1.5 }, "concurrency 1.5"],
    [{ key, concurrency: Infinity }, "concurrency Infinity"],
    [{ key, rate: { starts: 0, perMs: 1 } }, "rate.starts 0"],
    [{ key, rate: { starts: 1_001, perMs: 1 } }, "rate.starts 1001"],
    [{ key, rate: { starts: 1, perMs: 0 } }, "rate.perMs 0"],
    [{ key, rate: { starts: 1, perMs: 315_360_000_001 } }, "rate.perMs 315360000001"],
    [{ key, rate: { starts: 1 } }, "rate.perMs undefined"],
  ])("%o is refused", (limits, why) => {
    const register = () => new Registry().register("mail", mail, { limits: limits as FlowLimits })
    expect(register).toThrow(why)
    expect(register).toThrow(/workflow "mail"/)
  })
})

describe("the key of a run", () => {
  const keyOf = (make: (...input: never[]) => unknown) =>
    limitKeyOf("mail", { key: make as FlowLimits["key"], concurrency: 1 }, ["t1", 2])

  test("is what the code makes of the input", () => {
    expect(keyOf((tenant: string, n: number) => `${tenant}/${n}`)).toBe("t1/2")
    expect(keyOf(() => "é".repeat(128))).toHaveLength(128)
  })

  test.each<[string, () => unknown, string]>([
    [
      "throws",
      () => {
        throw new Error("no tenant")
      },
      "threw for this input: no tenant",
    ],
    ["gives nothing", () => undefined, "got undefined"],
    ["gives a promise", async () => "t1", "got object"],
    ["gives an empty text", () => "", "a text of 0 bytes"],
    ["gives a text that is too long", () => "é".repeat(129), "a text of 258 bytes"],
  ])("that %s is refused", (_, make, why) => {
    expect(() => keyOf(make)).toThrow(why)
  })
})
