// The page of the benchmarks: made of the committed figures and the template, and of nothing else.
import { existsSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { publicationOf } from "../../scripts/bench/publish/publish.ts"
import type { Report } from "../../scripts/bench/report.ts"

const DOCS = new URL("../../docs/", import.meta.url)
const report = JSON.parse(readFileSync(new URL("benchmarks.json", DOCS), "utf8")) as Report

test("the page and its plots are those of the committed figures", async () => {
  const files = await publicationOf(report)
  const differing = Object.entries(files)
    .filter(([path, text]) => readFileSync(new URL(path, DOCS), "utf8") !== text)
    .map(([path]) => path)
  expect(differing).toEqual([])
})

test("every plot that the page shows is there, and can be read on any ground", async () => {
  const page = readFileSync(new URL("benchmarks.md", DOCS), "utf8")
  const shown = [...page.matchAll(/!\[[^\]]+\]\((img\/bench\/[\w-]+\.svg)\)/g)].map((found) =>
    String(found[1]),
  )
  expect(shown.length).toBeGreaterThanOrEqual(6)
  expect(shown.filter((path) => !existsSync(new URL(path, DOCS)))).toEqual([])
  for (const path of shown) {
    const svg = readFileSync(new URL(path, DOCS), "utf8")
    const inks = [...svg.matchAll(/<text [^>]*fill="([^"]+)"/g)].map((found) => found[1])
    // A grey that neither a light nor a dark ground swallows.
    expect(new Set(inks)).toEqual(new Set(["#808891"]))
  }
})

test("the figures are of all workloads, and each peer says how it was set up or why it was not measured", () => {
  expect(report.workloads.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "rows", "index"]),
  )
  const silent = report.peers.filter(({ setup, skipped }) => (setup ?? skipped ?? "") === "")
  expect(silent).toEqual([])
})
