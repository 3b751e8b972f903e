// The idempotency key: stable over attempts, different for everything else (promise 2).

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { Attempt, idempotencyKey } from "../../src/engine/steps/attempt.ts"

const run = { id: "order/42", incarnation: "6f2c", generation: 0, createdAtMs: 0 }

describe("promise 2: the idempotency key", () => {
  test("does not depend on the attempt", () => {
    const key = (number: number) =>
      new Attempt({
        run,
        name: "charge",
        path: "3",
        number,
        host: { dependency: () => undefined, log: () => undefined },
      }).idempotencyKey
    expect(key(1)).toBe(key(2))
  })

  test("differs by run, life of the id, generation and path", () => {
    const keys = [
      idempotencyKey(run, "3"),
      idempotencyKey({ ...run, id: "order/43" }, "3"),
      idempotencyKey({ ...run, incarnation: "6f2d" }, "3"),
      idempotencyKey({ ...run, generation: 1 }, "3"),
      idempotencyKey(run, "3.1"),
      idempotencyKey({ ...run, id: "order" }, "42/3"),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  test("is printable ASCII of at most 255 characters, whatever the id and the path", () => {
    const incarnation = "123e4567-e89b-12d3-a456-426614174000"
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 256 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 100 }),
        fc.nat(),
        (id, path, generation) => {
          const key = idempotencyKey({ id, incarnation, generation }, path.join("."))
          expect(key).toMatch(/^[\x21-\x7e]{1,255}$/)
        },
      ),
    )
  })

  test("of two ids that differ only behind the cut still differ", () => {
    const long = "x".repeat(250)
    expect(idempotencyKey({ ...run, id: `${long}1` }, "0")).not.toBe(
      idempotencyKey({ ...run, id: `${long}2` }, "0"),
    )
    const deep = Array.from({ length: 100 }, () => "1").join(".")
    expect(idempotencyKey(run, `${deep}.1`)).not.toBe(idempotencyKey(run, `${deep}.2`))
  })
})
