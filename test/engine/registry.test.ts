// The registry: names, versions, and what is refused.

import { describe, expect, test } from "vitest"
import {
  describeIssues,
  Registry,
  type WorkflowFunction,
} from "../../src/engine/workflow/registry.ts"

const workflow: WorkflowFunction = function* () {}

describe("the registry", () => {
  test("finds the newest version, or the one that is asked for", () => {
    const registry = new Registry()
    const first = registry.register("order", workflow)
    const third = registry.register("order", workflow, { version: 3 })
    expect(registry.find("order")).toBe(third)
    expect(registry.find("order", 1)).toBe(first)
    expect(registry.find("order", 2)).toBeUndefined()
    expect(registry.find("other")).toBeUndefined()
    expect([registry.has("order"), registry.has("other"), registry.names()]).toEqual([
      true,
      false,
      ["order"],
    ])
    expect(registry.nameOf(workflow)).toBe("order")
  })

  test("lists what can be started: all versions, the example of the newest, fresh where it is a function", () => {
    const registry = new Registry()
    let count = 0
    registry.register("order", workflow, { example: ["old"] })
    registry.register("order", workflow, { version: 10, example: ["new"] })
    registry.register("order", workflow, { version: 9 })
    registry.register("bare", workflow)
    registry.register("fresh", workflow, { example: () => ({ id: "f", input: [++count] }) })
    const others = [
      { name: "bare", versions: [1] },
      { name: "fresh", versions: [1], example: { id: "f", input: [1] } },
      { name: "order", versions: [1, 9, 10], example: { input: ["new"] } },
    ]
    expect(registry.listings()).toEqual(others)
    expect(registry.listings()[1]?.example?.input).toEqual([2])
  })

  test("refuses what it could not find again", () => {
    const registry = new Registry()
    registry.register("order", workflow)
    expect(() => registry.register("order", workflow)).toThrow("twice")
    expect(() => registry.register("", workflow)).toThrow("name")
    expect(() => registry.register("x".repeat(257), workflow)).toThrow("256")
    expect(() => registry.register("bad", 5 as unknown as WorkflowFunction)).toThrow(
      "generator function",
    )
    for (const version of [0, -1, 1.5, NaN]) {
      expect(() => registry.register("bad", workflow, { version })).toThrow("whole number")
    }
  })

  test("makes dependencies by their factory", () => {
    const registry = new Registry()
    registry.setDependency("db", (env) => ({ env }))
    expect(registry.dependency("db")?.({} as never)).toEqual({ env: {} })
    expect(registry.dependency("other")).toBeUndefined()
  })

  test("tells a person where a value does not fit", () => {
    const issues = [
      { message: "expected a number", path: ["items", { key: 0 }, "qty"] },
      { message: "required" },
    ]
    expect(describeIssues(issues)).toBe("items.0.qty: expected a number; required")
    expect(describeIssues(Array.from({ length: 10 }, () => ({ message: "x" })))).toBe(
      "x; x; x; x; x",
    )
  })
})
