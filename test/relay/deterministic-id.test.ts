// Ids that come out the same on every replay.
import { expect, test } from "vitest"
import { businessId, deterministicId, type IdParts } from "../../src/ledger/deterministic-id.ts"
import { U128_MAX } from "../../src/ledger/integers.ts"

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
