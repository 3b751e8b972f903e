// The page of failures: each fault has an entry that is whole, and each test it names is there.

import { existsSync, readFileSync, readdirSync } from "node:fs"
import { describe, expect, test } from "vitest"

const ROOT = new URL("../../", import.meta.url)
const page = readFileSync(new URL("docs/failures.md", ROOT), "utf8")

/** Faults that must have an entry, by words of its heading. */
const FAULTS = [
  /handler fails, twenty times/,
  /alarm comes early/,
  /alarm comes late/,
  /delivered twice/,
  /alarm is lost/,
  /SQLITE_FULL/,
  /stores as much as it may/,
  /write to the store fails/,
  /deploy resets the object in mid-step/,
  /calls an object, and that one is reset/,
  /object is overloaded/,
  /older object/,
  /rollback/,
]

const PARTS = ["**What happens.**", "**What is seen.**", "**What to do.**", "**Shown by**"]

interface Entry {
  readonly heading: string
  readonly text: string
}

const entries: Entry[] = page
  .split(/^### /m)
  .slice(1)
  .map((section) => {
    const [heading = ""] = section.split("\n")
    return { heading, text: section.split(/^## /m)[0] ?? "" }
  })

const named = [...new Set(page.match(/test\/[\w/-]+\.test\.ts/g))]

describe("docs/failures.md", () => {
  test("has an entry for each fault", () => {
    const headings = entries.map(({ heading }) => heading)
    const missing = FAULTS.filter((fault) => !headings.some((heading) => fault.test(heading)))
    expect(missing).toEqual([])
  })

  test("says in each what happens, what is seen, what to do, and which test shows it", () => {
    const halves = entries.flatMap(({ heading, text }) =>
      PARTS.filter((part) => !text.includes(part)).map((part) => `${heading}: ${part}`),
    )
    expect(halves).toEqual([])
    const untested = entries.filter(({ text }) => !/test\/[\w/-]+\.test\.ts/.test(text))
    expect(untested.map(({ heading }) => heading)).toEqual([])
  })

  test("names tests that are there, and all of those of the platform's faults", () => {
    expect(named.filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([])
    const folder = "test/object/platform-faults"
    const files = readdirSync(new URL(folder, ROOT)).map((name) => `${folder}/${name}`)
    expect(files.length).toBeGreaterThan(5)
    expect(files.filter((path) => !named.includes(path))).toEqual([])
  })

  test("has all the pitfalls, each with a test", () => {
    const [, table = ""] = page.split("## Pitfalls of the platform")
    const rows = table.split("\n").filter((line) => /^\| (?:\d+\.|\([a-g]\))/.test(line))
    expect(rows).toHaveLength(17)
    expect(rows.filter((row) => !/test\/[\w/-]+\.test\.ts/.test(row))).toEqual([])
  })
})
