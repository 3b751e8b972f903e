// The page on telemetry names whatever leaves: every attribute, event and metric in the source, and every setting.

import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { sourceFiles } from "./source-files.ts"

const page = readFileSync("docs/telemetry.md", "utf8")
const text = (folder: string) =>
  sourceFiles("src")
    .filter(({ path }) => path.startsWith(folder))
    .map((file) => file.text)
    .join("\n")

function missing(names: Iterable<string>): string[] {
  const known = [...new Set(names)]
  expect(known.length).toBeGreaterThan(4)
  return known.filter((name) => !page.includes(`\`${name}\``))
}

test("every attribute and event", () => {
  const source = text("src/object/telemetry/")
  expect(missing(source.match(/(?<=")(?:belay|exception|error)\.[a-z_.]+(?=")/g) ?? [])).toEqual([])
})

test("every metric", () => {
  const source = text("src/http/metrics/")
  expect(missing(source.match(/(?<=")belay_[a-z_]+(?=")/g) ?? [])).toEqual([])
})

test("every setting", () => {
  const settings = text("src/object/telemetry/trace-settings.ts")
  const names = settings.match(/\b(?:BELAY|OTEL)_[A-Z_]+\b/g) ?? []
  expect(missing([...names, "BELAY_LOG_LEVEL"])).toEqual([])
})
