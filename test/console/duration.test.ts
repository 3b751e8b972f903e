// Lengths of time as short text.

import { expect, test } from "vitest"
import { distanceText, dueText, durationText } from "../../src/console/browser/duration.ts"

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

test.each([
  [-5, "0 ms"],
  [0, "0 ms"],
  [999, "999 ms"],
  [SECOND, "1.0 s"],
  [9_999, "9.9 s"],
  [10 * SECOND, "10 s"],
  [MINUTE - 1, "59 s"],
  [MINUTE, "1 min"],
  [3 * MINUTE + 20 * SECOND, "3 min 20 s"],
  [5 * HOUR + 10 * MINUTE, "5 h 10 min"],
  [12 * DAY + 4 * HOUR, "12 d 4 h"],
])("%d ms is %s", (ms, text) => expect(durationText(ms)).toBe(text))

test.each([
  [-1_000, "just now"],
  [0, "just now"],
  [999, "now"],
  [1_000, "in 1 s"],
  [2_400, "in 2 s"],
  [-12 * SECOND, "12 s ago"],
  [3 * MINUTE + 59 * SECOND, "in 3 min"],
  [-25 * HOUR, "1 d ago"],
])("%d ms from now is %s", (ms, text) => expect(distanceText(ms)).toBe(text))

test.each([
  [2_400, "in 2 s"],
  [0, "now"],
  [-30 * SECOND, "now"],
])("what is due %d ms from now is due %s", (ms, text) => expect(dueText(ms)).toBe(text))
