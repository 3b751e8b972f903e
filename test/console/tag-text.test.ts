// Tags as one line that a person can type.

import { expect, test } from "vitest"
import { readTags, tagText } from "../../src/console/browser/tag-text.ts"

test("what is written is read again", () => {
  const tags = { team: "payments", order: "42", sum: "1=1" }
  expect(readTags(tagText(tags))).toEqual(tags)
  expect(readTags(" team = blue ,, ")).toEqual({ team: "blue" })
  expect(readTags("empty=")).toEqual({ empty: "" })
  expect(readTags("")).toEqual({})
})

test.each(["team", "=blue", "a=b, c"])('"%s" is refused in words', (text) => {
  expect(readTags(text)).toContain("name=value")
})
