// The page on testing: its programs are tests, and they are part of this file's own.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { afterAll, expect, test } from "vitest"
import * as kit from "../../src/testing/index.ts"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const page = readFileSync(join(ROOT, "docs/testing.md"), "utf8")

// Inside the project, so that "belay" is found as its users find it.
mkdirSync(join(ROOT, ".belay"), { recursive: true })
const folder = mkdtempSync(join(ROOT, ".belay", "tests-"))
afterAll(() => rmSync(folder, { recursive: true }))

const programs = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""], index) => {
  const [, name] = /^\/\/ ([\w-]+)\.ts\n/.exec(code) ?? []
  const file = join(folder, `${name ?? `program-${index}`}.ts`)
  writeFileSync(file, code)
  return file
})

// Their tests are registered here, as if they stood in this file.
for (const file of programs) await import(pathToFileURL(file).href)

test("the page has programs, and names all that the kit exports", () => {
  expect(programs.length).toBeGreaterThan(4)
  expect(Object.keys(kit).filter((name) => !page.includes(name))).toEqual([])
})
