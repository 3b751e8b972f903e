// The window: a long list has few rows on the page, and scrolls only as far as it must.

import { expect, test } from "vitest"
import { scrollTo, windowOf } from "../../../src/console/browser/run/window.ts"

const VIEW = { count: 10_000, rowHeight: 30, scrollTop: 0, height: 600 }

test.each([
  ["at the top", 0, { first: 0, end: 32 }],
  ["in the middle", 150_000, { first: 4_988, end: 5_032 }],
  ["at the bottom", 10_000 * 30 - 600, { first: 9_968, end: 10_000 }],
  ["beyond the end, after rows were closed", 900_000, { first: 10_000, end: 10_000 }],
])("%s only what is in view is there, and a little more", (_, scrollTop, expected) => {
  expect(windowOf({ ...VIEW, scrollTop })).toEqual(expected)
})

test("an empty list has an empty window", () => {
  expect(windowOf({ ...VIEW, count: 0 })).toEqual({ first: 0, end: 0 })
})

test.each([
  [0, 0, undefined],
  [19, 0, undefined],
  [20, 0, 30],
  [3, 300, 90],
])("row %i seen from %i scrolls to %j", (index, scrollTop, expected) => {
  expect(scrollTo(index, { ...VIEW, scrollTop })).toBe(expected)
})
