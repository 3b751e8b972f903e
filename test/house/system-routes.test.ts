// The fuzzer's table of the systems' routes is the one that src/systems adds.

import { expect, test } from "vitest"
import { documentedPath, SYSTEM_ROUTES } from "../../scripts/fuzz/system-routes.ts"
import { sourceFiles } from "./source-files.ts"

const ROUTE = /\broutes\.(get|post|put|patch|delete)\("([^"]+)"/g

test("every route of a system is fuzzed, and no other", () => {
  const added = sourceFiles("src/systems").flatMap(({ text }) =>
    [...text.matchAll(ROUTE)].map(
      ([, method = "", path = ""]) => `${method.toUpperCase()} ${documentedPath(path)}`,
    ),
  )
  expect(added.length).toBeGreaterThan(20)
  expect(SYSTEM_ROUTES.map(({ line }) => line).sort()).toEqual(added.sort())
})
