// The page on security names what a deployer can set: a variable that is added without a word there is red.

import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"

const page = readFileSync("docs/security.md", "utf8")

describe("docs/security.md", () => {
  test("names every variable and secret of the Worker", () => {
    const variables = readFileSync("src/env.d.ts", "utf8").match(/\bBELAY_\w+/g) ?? []
    expect(variables.length).toBeGreaterThan(5)
    expect(variables.filter((name) => !page.includes(name))).toEqual([])
  })

  test("leads to files that are there", () => {
    const files = [...page.matchAll(/`(src\/[\w/-]+(?:\.ts)?)`/g)].map(([, file = ""]) => file)
    expect(files.length).toBeGreaterThan(5)
    for (const file of files) expect(() => readFileSync(file)).not.toThrow(/ENOENT/)
  })

  test("has the fuzzers that there are", () => {
    const script = readFileSync("scripts/fuzz.ts", "utf8")
    const [, names = ""] = /--only ([\w|]+)/.exec(script) ?? []
    expect(names.split("|").length).toBeGreaterThan(4)
    for (const name of names.split("|")) expect(page).toContain(name)
  })
})
