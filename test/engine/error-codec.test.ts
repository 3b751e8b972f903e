// Errors keep name, message, code, stack text and cause; whatever is thrown can be stored (promises 3, 16).

import { describe, expect, test } from "vitest"
import { decode, encode, encodeThrown } from "../../src/engine/values/codec.ts"
import * as errors from "../../src/engine/errors.ts"
import { VALUE_BYTES_MAX } from "../../src/engine/limits.ts"

function thrown(error: unknown): Error & Record<string, unknown> {
  return decode(encodeThrown(error)) as Error & Record<string, unknown>
}

class CardDeclinedError extends Error {
  override readonly name = "CardDeclinedError"
  readonly code = "card_declined"
  readonly attemptsLeft = 2n
}

describe("promise 3: errors keep name, message, code, stack and cause", () => {
  test("an error of the user's comes back as an Error of that name with its own fields", () => {
    const error = new CardDeclinedError("no money", {
      cause: new TypeError("inner", { cause: "root" }),
    })
    const copy = thrown(error)
    expect(copy).toBeInstanceOf(Error)
    expect(copy.name).toBe("CardDeclinedError")
    expect(copy.message).toBe("no money")
    expect(copy.stack).toBe(error.stack)
    expect(copy["code"]).toBe("card_declined")
    expect(copy["attemptsLeft"]).toBe(2n)
    expect(copy.cause).toBeInstanceOf(TypeError)
    expect((copy.cause as Error).cause).toBe("root")
  })

  test.each([TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError])(
    "%o keeps its class",
    (ErrorClass) => {
      expect(thrown(new ErrorClass("x"))).toBeInstanceOf(ErrorClass)
    },
  )

  test("errors of the engine keep their class and code", () => {
    const conflict = thrown(new errors.BelayError("run_conflict", "other input", { what: "input" }))
    expect(conflict).toBeInstanceOf(errors.BelayError)
    expect(conflict).toMatchObject({ code: "run_conflict", details: { what: "input" } })
    expect(thrown(new errors.CancelledError("x"))).toBeInstanceOf(errors.CancelledError)
    expect(thrown(new errors.TimeoutError("x"))).toMatchObject({
      code: "timeout",
      name: "TimeoutError",
    })
    expect(thrown(new errors.EncodingError("x", ".a"))).toMatchObject({
      path: ".a",
      nonRetryable: true,
    })
    const final = thrown(
      new errors.NonRetryableError("x", { code: "bad", details: [1n], cause: 1 }),
    )
    expect(final).toBeInstanceOf(errors.NonRetryableError)
    expect(final).toMatchObject({ code: "bad", details: [1n], cause: 1, nonRetryable: true })
  })

  test("an AggregateError keeps its errors", () => {
    const copy = thrown(
      new AggregateError([new RangeError("a"), "b"], "all"),
    ) as unknown as AggregateError
    expect(copy).toBeInstanceOf(AggregateError)
    expect(copy.errors[0]).toBeInstanceOf(RangeError)
    expect(copy.errors[1]).toBe("b")
  })

  test("so does one with a name of the user's, also when it is caught and thrown again", () => {
    class ImportError extends AggregateError {
      override readonly name = "ImportError"
    }
    const once = thrown(new ImportError([new RangeError("a")], "lines"))
    const twice = thrown(once) as unknown as AggregateError
    expect(twice).toBeInstanceOf(AggregateError)
    expect(twice.name).toBe("ImportError")
    expect(twice.errors).toMatchObject([{ name: "RangeError", message: "a" }])
    expect(encode(twice)).toBe(encode(once))
  })

  test("a list of errors that is a member of the user's own error is kept", () => {
    const error = Object.assign(new Error("invalid"), { errors: [{ field: "qty" }] })
    expect(thrown(error)["errors"]).toEqual([{ field: "qty" }])
  })

  test("the code of a DOMException survives, though it sits on the prototype", () => {
    expect(thrown(new DOMException("gone", "AbortError"))).toMatchObject({
      name: "AbortError",
      code: 20,
    })
  })

  test("an empty message stays empty", () => {
    expect(thrown(new Error()).message).toBe("")
  })

  test("encoding the copy again gives the same text", () => {
    const text = encodeThrown(new CardDeclinedError("x", { cause: new Error("y") }))
    expect(encodeThrown(decode(text))).toBe(text)
  })

  test("a cause that leads back to its error is cut, not followed for ever", () => {
    const error = new Error("outer")
    error.cause = new Error("inner", { cause: error })
    expect(thrown(error).message).toBe("outer")
    const self: Error & { self?: unknown } = new Error("self")
    self.self = { again: self }
    expect(thrown(self).message).toBe("self")
  })
})

describe("promise 16: whatever is thrown can be stored", () => {
  const oddities: readonly (readonly [string, unknown, unknown])[] = [
    ["undefined", undefined, undefined],
    ["null", null, null],
    ["a text", "no", "no"],
    ["a number", 404, 404],
    ["an object", { code: 5n }, { code: 5n }],
    ["an object without prototype", Object.create(null), Object.create(null)],
  ]
  test.each(oddities)("%s is thrown as it is", (_, value, expected) => {
    expect(decode(encodeThrown(value))).toStrictEqual(expected)
  })

  test.each([
    ["a symbol", Symbol("x")],
    ["a function", () => 1],
    ["a WeakMap", new WeakMap()],
  ])("%s becomes an error that says so", (_, value) => {
    expect(thrown(value).message).toContain("cannot be stored")
  })

  test("parts of an error that cannot be stored are left out, the others stay", () => {
    const error = Object.assign(new Error("request failed", { cause: new TypeError("reset") }), {
      code: "E_HTTP",
      status: 502,
      request: () => undefined,
      headers: new Headers(),
    })
    const copy = thrown(error)
    expect(copy).toMatchObject({ message: "request failed", code: "E_HTTP", status: 502 })
    expect(copy.cause).toBeInstanceOf(TypeError)
    expect(Object.keys(copy)).not.toContain("request")
    expect(copy.stack).toBe(error.stack)
  })

  test("a cause that cannot be stored whole is stored in part", () => {
    const cause = Object.assign(new RangeError("inner"), { socket: () => undefined, errno: -104 })
    const copy = thrown(new Error("outer", { cause }))
    expect(copy.cause).toMatchObject({ name: "RangeError", message: "inner", errno: -104 })
  })

  test("parts of an AggregateError that cannot be stored do not take the others along", () => {
    const copy = thrown(
      new AggregateError([new Error("a"), () => 1], "all"),
    ) as unknown as AggregateError
    expect(copy.message).toBe("all")
    expect(copy.errors[0]).toMatchObject({ message: "a" })
    expect(copy.errors).toHaveLength(2)
  })

  test("an error with hostile getters is stored all the same", () => {
    class Hostile extends Error {
      override get message(): string {
        throw new Error("no message")
      }
      override get name(): string {
        throw new Error("no name")
      }
      override get stack(): string {
        throw new Error("no stack")
      }
      get code(): string {
        throw new Error("no code")
      }
    }
    expect(thrown(new Hostile())).toBeInstanceOf(Error)
  })

  test("an error whose message is no text is stored all the same", () => {
    const error = Object.assign(new Error("x"), { log: () => undefined })
    Object.defineProperty(error, "message", { value: { deep: 1n } })
    expect(thrown(error)).toBeInstanceOf(Error)
  })

  test("an error larger than a value may be is cut down to fit", () => {
    const error = new Error("x".repeat(VALUE_BYTES_MAX))
    const text = encodeThrown(error)
    expect(text.length).toBeLessThan(100_000)
    expect((decode(text) as Error).message.startsWith("xxx")).toBe(true)
    const parts = { left: "l".repeat(VALUE_BYTES_MAX / 2), right: "r".repeat(VALUE_BYTES_MAX / 2) }
    const heavy = Object.assign(new Error("heavy"), parts)
    expect(encodeThrown(heavy).length).toBeLessThan(VALUE_BYTES_MAX)
    expect(thrown(heavy).message).toBe("heavy")
  })

  test("an error among other values is stored like any value", () => {
    const copy = decode(encode({ reason: new TypeError("x") })) as { reason: unknown }
    expect(copy.reason).toBeInstanceOf(TypeError)
  })
})
