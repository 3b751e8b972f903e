// Errors as they are shown: whatever was thrown has a name, a message and a code.
import { describe, expect, test } from "vitest"
import { decode, encode, encodeThrown } from "../../src/engine/values/codec.ts"
import { CancelledError, NonRetryableError } from "../../src/engine/errors.ts"
import { viewError, viewHalt } from "../../src/http/error-view.ts"
import { viewValue, withoutStacks } from "../../src/http/value-view.ts"

const PLAIN = { encoded: false, privileged: false }
const PRIVILEGED = { encoded: false, privileged: true }
const ENCODED = { encoded: true, privileged: false }

test.each([
  ["a text", "no luck", { message: "no luck", details: "no luck" }],
  ["a number", 7, { message: "7", details: 7 }],
  ["nothing", undefined, { message: "undefined", details: null }],
  ["null", null, { message: "null", details: null }],
  ["a bigint", 7n, { message: "7", details: "7" }],
])("thrown %s has a name, a message and a code", (_name, thrown, expected) => {
  expect(viewError(encodeThrown(thrown), PLAIN)).toEqual({
    name: "Error",
    code: "failed",
    ...expected,
  })
})

test("a thrown object is shown in the details, and the message says what it was", () => {
  const view = viewError(encode({ reason: "late" }), PLAIN)
  expect(view).toMatchObject({ code: "failed", details: { reason: "late" } })
  expect((view as { message: string }).message).toContain('{"reason":"late"}')
})

test.each([
  [
    "an error without a code",
    new RangeError("far"),
    { name: "RangeError", message: "far", code: "failed" },
  ],
  [
    "one of ours",
    new CancelledError("stop"),
    { name: "CancelledError", message: "stop", code: "cancelled" },
  ],
  [
    "a code of its own",
    Object.assign(new Error("x"), { code: "E_X" }),
    { name: "Error", message: "x", code: "E_X" },
  ],
  [
    "a number as code",
    Object.assign(new Error("x"), { code: 20 }),
    { name: "Error", message: "x", code: "failed", number: 20 },
  ],
  [
    "details",
    new NonRetryableError("no", { code: "empty", details: { at: new Date(0) } }),
    {
      name: "NonRetryableError",
      message: "no",
      code: "empty",
      details: { at: "1970-01-01T00:00:00.000Z" },
    },
  ],
  [
    "a cause",
    new Error("outer", { cause: new TypeError("inner") }),
    {
      name: "Error",
      message: "outer",
      code: "failed",
      cause: { name: "TypeError", message: "inner", code: "failed" },
    },
  ],
  [
    "several errors in one",
    new AggregateError([new Error("a"), "b"], "all failed"),
    {
      name: "AggregateError",
      message: "all failed",
      code: "failed",
      details: {
        errors: [
          { name: "Error", message: "a", code: "failed" },
          { name: "Error", message: "b", code: "failed", details: "b" },
        ],
      },
    },
  ],
])("%s", (_name, thrown, expected) => {
  expect(viewError(encode(thrown), PLAIN)).toEqual(expected)
})

test("a chain of causes is cut, not followed for ever", () => {
  let error = new Error("root")
  for (let level = 0; level < 50; level++) error = new Error(`level ${level}`, { cause: error })
  const text = JSON.stringify(viewError(encode(error), PLAIN))
  expect(text.split('"cause"')).toHaveLength(11)
})

describe("stacks", () => {
  const error = Object.assign(new Error("outer", { cause: new Error("inner") }), { code: "E_X" })

  test("are told to the privileged, the causes' too", () => {
    expect(viewError(encode(error), PRIVILEGED)).toMatchObject({
      stack: error.stack,
      cause: { stack: expect.stringContaining("inner") },
    })
  })

  test("leave the codec's text and nothing else does", () => {
    const text = viewError(encode(error), ENCODED) as string
    const again = decode(text) as Error & { code: string }
    expect(again).toMatchObject({ name: "Error", message: "outer", code: "E_X" })
    expect(again.cause).toMatchObject({ message: "inner" })
    expect(text).not.toContain("error-view.test")
  })

  test("leave values at any depth, shared and cyclic ones too", () => {
    const shared = new Error("shared")
    const value: Record<string, unknown> = {
      map: new Map<unknown, unknown>([[shared, new Set([new Error("in a set")])]]),
      list: [shared, new AggregateError([new Error("in an aggregate")], "several")],
      bytes: new Uint8Array(4),
    }
    value["self"] = value
    const text = viewValue(encode(value), ENCODED) as string
    expect(text).not.toContain("error-view.test")
    const again = decode(text) as { map: Map<Error, Set<Error>>; list: Error[]; self: unknown }
    expect(again.self).toBe(again)
    expect([...again.map.keys()][0]).toBe(again.list[0])
    expect(again.list[1]).toMatchObject({
      message: "several",
      errors: [{ message: "in an aggregate" }],
    })
  })

  test("a text without errors is left as it is", () => {
    for (const value of ['say "Error"', { a: 1 }, new Date(0), undefined, [["Error", 1]], 12n]) {
      expect(withoutStacks(encode(value))).toBe(encode(value))
    }
  })
})

test("a halt in the codec's text is an error with the same fields", () => {
  const text = viewHalt({ code: "panic", message: "look", details: { a: 1 } }, ENCODED) as string
  const error = decode(text) as Error
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({
    name: "Panic",
    message: "look",
    code: "panic",
    number: 98,
    details: { a: 1 },
  })
  expect(text).not.toContain("error-view")
})
