// Which shards keep a run: evenly, in two places, and moving no more than must be when shards are added.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  placesOf,
  shardCount,
  SHARDS_DEFAULT,
  SHARDS_MAX,
  SHARDS_MIN,
} from "../../src/object/run-index/placement.ts"

const ids = Array.from({ length: 10_000 }, (_, n) => `order/${n}`)

describe("places", () => {
  test("home and copy are two shards of those there are, and always the same", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: SHARDS_MIN, max: SHARDS_MAX }), (id, shards) => {
        const { home, copy } = placesOf(id, shards)
        expect(home).not.toBe(copy)
        for (const place of [home, copy]) {
          expect(Number.isInteger(place) && place >= 0 && place < shards).toBe(true)
        }
        expect(placesOf(id, shards)).toEqual({ home, copy })
      }),
    )
  })

  test.each([2, 4, 7, 64])("%i shards get about the same number of each", (shards) => {
    for (const kind of ["home", "copy"] as const) {
      const places = ids.map((id) => placesOf(id, shards)[kind])
      const counts = Array.from(
        { length: shards },
        (_, shard) => places.filter((place) => place === shard).length,
      )
      const fair = ids.length / shards
      expect(Math.min(...counts)).toBeGreaterThan(fair * 0.6)
      expect(Math.max(...counts)).toBeLessThan(fair * 1.4)
    }
  })

  test("what one shard loses is kept by all others together, not by one", () => {
    const copies = ids.filter((id) => placesOf(id, 5).home === 0).map((id) => placesOf(id, 5).copy)
    const counts = [1, 2, 3, 4].map((shard) => copies.filter((copy) => copy === shard).length)
    expect(Math.min(...counts)).toBeGreaterThan((copies.length / 4) * 0.6)
  })

  test("growing from 4 to 5 moves a fifth of the homes, and only to the new one", () => {
    const moved = ids.filter((id) => placesOf(id, 4).home !== placesOf(id, 5).home)
    expect(moved.length / ids.length).toBeGreaterThan(0.15)
    expect(moved.length / ids.length).toBeLessThan(0.25)
    expect(new Set(moved.map((id) => placesOf(id, 5).home))).toEqual(new Set([4]))
  })
})

test("the setting: a whole number within bounds, otherwise the nearest, or the default", () => {
  expect([undefined, "", "x", "2.5"].map(shardCount)).toEqual([
    SHARDS_DEFAULT,
    SHARDS_DEFAULT,
    SHARDS_DEFAULT,
    SHARDS_DEFAULT,
  ])
  expect(["0", "1", "2", "16", "256", "257"].map(shardCount)).toEqual([2, 2, 2, 16, 256, 256])
})
