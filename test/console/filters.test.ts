// The filters of the list: what the URL says is what the server is asked.

import { expect, test } from "vitest"
import {
  addressOfRuns,
  isFiltered,
  questionOf,
  withCursor,
  withFilters,
  withoutFilters,
} from "../../src/console/browser/runs/filters.ts"

const NOW_MS = Date.parse("2026-05-05T10:00:30.000Z")

const query = (text: string) => new URLSearchParams(text)

test("every filter of the URL is asked for, several times where it stands several times", () => {
  const text =
    "status=halted&status=failed&tag=a:b&tag=c:d&workflow=w&version=2&idPrefix=p&parent=q&order=oldest&cursor=x"
  expect(questionOf(query(text), 50, NOW_MS)).toEqual({
    status: ["halted", "failed"],
    tag: ["a:b", "c:d"],
    workflow: "w",
    version: "2",
    idPrefix: "p",
    parent: "q",
    order: "oldest",
    cursor: "x",
    limit: 50,
  })
})

test("since is an instant on the minute, so that the pages of one list are asked alike", () => {
  expect(questionOf(query("since=1h"), 50, NOW_MS)).toMatchObject({
    createdAfter: "2026-05-05T09:00:00.000Z",
  })
  expect(questionOf(query("since=ever"), 50, NOW_MS)).not.toHaveProperty(
    "createdAfter",
    expect.any(String),
  )
})

test("a changed filter leads back to the first page and leaves the others alone", () => {
  const before = query("status=halted&cursor=x&workflow=w")
  expect(addressOfRuns(withFilters(before, { status: ["failed", "halted"] }))).toBe(
    "/?workflow=w&status=failed&status=halted",
  )
  expect(addressOfRuns(withFilters(before, { status: [] }))).toBe("/?workflow=w")
  expect(addressOfRuns(withFilters(before, { workflow: [""] }))).toBe("/?status=halted")
  expect(addressOfRuns(withCursor(before, "y"))).toBe("/?status=halted&cursor=y&workflow=w")
  expect(addressOfRuns(withCursor(before, undefined))).toBe("/?status=halted&workflow=w")
  expect(addressOfRuns(withoutFilters(before))).toBe("/")
})

test("an order filters nothing", () => {
  expect(isFiltered(query("order=oldest&cursor=x"))).toBe(false)
  expect(isFiltered(query("tag=a:b"))).toBe(true)
})
