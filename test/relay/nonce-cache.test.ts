// The memory of accepted requests: what it keeps, for how long, and how much.
import { expect, test } from "vitest"
import { NonceCache } from "../../src/relay/access/nonce-cache.ts"

const LIFETIME_MS = 60_000
const NOW_MS = 1_800_000_000_000

test("a nonce is fresh once, for as long as its request would be accepted", () => {
  const cache = new NonceCache(LIFETIME_MS, 10)
  expect(cache.add("a", NOW_MS, NOW_MS)).toBe("fresh")
  expect(cache.add("a", NOW_MS, NOW_MS + LIFETIME_MS)).toBe("seen")
  expect(cache.add("b", NOW_MS, NOW_MS + 1)).toBe("fresh")
})

test("a nonce is used once, also when it is signed with another time", () => {
  const cache = new NonceCache(LIFETIME_MS, 10)
  expect(cache.add("a", NOW_MS, NOW_MS)).toBe("fresh")
  expect(cache.add("a", NOW_MS + 5_000, NOW_MS)).toBe("seen")
})

test("a clock that was set back by an hour does not keep what is old", () => {
  const cache = new NonceCache(LIFETIME_MS, 1)
  const backMs = NOW_MS - 3_600_000
  expect(cache.add("a", backMs, NOW_MS)).toBe("fresh")
  expect(cache.add("b", backMs, backMs + LIFETIME_MS + 3_000)).toBe("fresh")
})

test("a nonce of a clock that runs ahead is remembered until that clock's minute is over", () => {
  const cache = new NonceCache(LIFETIME_MS, 10)
  const aheadMs = NOW_MS + LIFETIME_MS
  expect(cache.add("a", aheadMs, NOW_MS)).toBe("fresh")
  expect(cache.add("a", aheadMs, aheadMs + LIFETIME_MS)).toBe("seen")
})

test("a full memory refuses what is new and forgets what is too old to be replayed", () => {
  const cache = new NonceCache(LIFETIME_MS, 2)
  expect(cache.add("a", NOW_MS, NOW_MS)).toBe("fresh")
  expect(cache.add("b", NOW_MS, NOW_MS)).toBe("fresh")
  expect(cache.add("c", NOW_MS, NOW_MS)).toBe("full")
  expect(cache.add("a", NOW_MS, NOW_MS)).toBe("seen")
  const laterMs = NOW_MS + LIFETIME_MS + 3_000
  expect(cache.add("c", laterMs, laterMs)).toBe("fresh")
  expect(cache.add("d", laterMs, laterMs)).toBe("fresh")
})
