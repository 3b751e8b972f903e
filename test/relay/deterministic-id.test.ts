// Ids that come out the same on every replay.
import { describe, expect, test } from "vitest"
import { businessId, deterministicId, type IdParts } from "../../src/ledger/deterministic-id.ts"
import { U128_MAX } from "../../src/ledger/integers.ts"
import { ledgerId } from "../../src/ledger/step-id.ts"
import { LEDGER_ID_VECTORS, STEP } from "../support/ledger-id-vectors.ts"

const PARTS: IdParts = {
  namespace: "belay",
  runId: "transfer-1",
  stepKey: "3.1",
  attempt: 1,
  index: 0,
  createdAtMs: 1_800_000_000_000,
}

test("the same parts give the same id, on any machine and for ever", async () => {
  expect(await deterministicId(PARTS)).toBe(await deterministicId({ ...PARTS }))
  expect(await deterministicId(PARTS)).toMatchInlineSnapshot(
    `2176066475306916952117456340299463482n`,
  )
  expect(await businessId("belay", "order/1")).toMatchInlineSnapshot(
    `234509446328111381221359241891966617439n`,
  )
})

test("every part counts, and parts do not run into each other", async () => {
  const variants: IdParts[] = [
    PARTS,
    { ...PARTS, namespace: "other" },
    { ...PARTS, runId: "transfer-2" },
    { ...PARTS, stepKey: "3.2" },
    { ...PARTS, attempt: 2 },
    { ...PARTS, index: 1 },
    { ...PARTS, createdAtMs: PARTS.createdAtMs + 1 },
    { ...PARTS, namespace: "belaytransfer", runId: "-1" },
  ]
  const ids = await Promise.all(variants.map(deterministicId))
  expect(new Set(ids).size).toBe(variants.length)
})

test("ids sort by the time the run was created", async () => {
  const times = [0, 1, PARTS.createdAtMs, PARTS.createdAtMs + 1, 2 ** 48 - 1]
  const ids = await Promise.all(
    times.map((createdAtMs) => deterministicId({ ...PARTS, createdAtMs })),
  )
  expect(ids).toEqual([...ids].toSorted((left, right) => (left < right ? -1 : 1)))
  for (const id of ids) {
    expect(id).toBeGreaterThan(0n)
    expect(id).toBeLessThan(U128_MAX)
  }
})

test.each([-1, 1.5, 2 ** 48, Number.NaN])(
  "a creation time of %d is refused",
  async (createdAtMs) => {
    await expect(deterministicId({ ...PARTS, createdAtMs })).rejects.toThrow(RangeError)
  },
)

describe("a step's ids", () => {
  test.each(LEDGER_ID_VECTORS)("are what they always were", async (step, options, id) => {
    expect(await ledgerId(step, options)).toBe(id)
  })

  test("say when the run was created, and sort by it", async () => {
    const created = [0, 1, STEP.runCreatedAtMs, STEP.runCreatedAtMs + 1, 2 ** 48 - 1]
    const ids = await Promise.all(
      created.map((runCreatedAtMs) => ledgerId({ ...STEP, runCreatedAtMs })),
    )
    expect(ids.map((id) => Number(id >> 80n))).toEqual(created)
    expect(ids).toEqual([...ids].toSorted((left, right) => (left < right ? -1 : 1)))
  })

  test("differ by run, step, business attempt, index and namespace, and are the same otherwise", async () => {
    const ids = await Promise.all([
      ledgerId(STEP),
      ledgerId({ ...STEP, id: "ledger-transfer-2" }),
      ledgerId({ ...STEP, idempotencyKey: `${STEP.idempotencyKey}.0` }),
      ledgerId(STEP, { attempt: 2 }),
      ledgerId(STEP, { index: 1 }),
      ledgerId(STEP, { attempt: 2, index: 1 }),
      ledgerId(STEP, { namespace: "other" }),
    ])
    expect(new Set(ids).size).toBe(ids.length)
    expect(await ledgerId(STEP, { attempt: 1, index: 0, namespace: "belay" })).toBe(ids[0])
  })

  test("never meet and are never 0 or the largest number, in 100,000 of them made in the same instant", async () => {
    const random = randomNumbers(7)
    const seen = new Set<bigint>()
    for (let batch = 0; batch < 100; batch++) {
      const ids = await Promise.all(
        Array.from({ length: 1_000 }, (_, index) => {
          const step = { ...STEP, id: `run-${batch}-${index}`, idempotencyKey: `key-${random()}` }
          return ledgerId(step, { index: index % 3 })
        }),
      )
      for (const id of ids) seen.add(id)
    }
    expect(seen.size).toBe(100_000)
    expect(seen.has(0n)).toBe(false)
    expect(seen.has(U128_MAX)).toBe(false)
  })

  test.each([
    [{ attempt: 0 }, "attempt: expected an integer from 1, got 0"],
    [{ attempt: 1.5 }, "attempt: expected an integer from 1, got 1.5"],
    [{ index: -1 }, "index: expected an integer from 0, got -1"],
  ])("are refused for %j", async (options, message) => {
    await expect(ledgerId(STEP, options)).rejects.toThrow(message)
  })
})

/** 32-bit numbers that look random, the same for each seed. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state
  }
}
