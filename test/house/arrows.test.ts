// The house: which folder may know which, no circles, files one can read in one sitting.
// The direction of the arrows is part of the design; whoever needs another one changes this table and says why.

import { describe, expect, test } from "vitest"
import { sourceFiles, type SourceFile } from "./source-files.ts"

/** Room → rooms it may import from. `belay` and `index` are files of their own: the library's face, the composition root. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  engine: [],
  ledger: [],
  client: [],
  // Its version is the package's.
  cli: ["client", "package.json"],
  testing: ["engine"],
  object: ["engine"],
  http: ["engine", "systems/host"],
  relay: ["ledger"],
  bank: [],
  systems: ["engine", "ledger", "bank"],
  console: [],
  belay: ["console", "engine", "object", "http"],
  index: ["belay", "systems", "bank", "ledger", "object", "http", "console", "engine"],
}

const files = sourceFiles("src")

function roomOf(path: string): string {
  const parts = path.split("/")
  if (parts.length === 1) return path
  return parts.length === 2 ? (parts[1] ?? "").replace(/\.ts$/, "") : (parts[1] ?? "")
}

function mayImport(from: SourceFile, target: string): boolean {
  const room = roomOf(from.path)
  const targetRoom = roomOf(target)
  if (targetRoom === room) return true
  return (ARROWS[room] ?? []).some((allowed) =>
    allowed.includes("/") ? target === `src/${allowed}.ts` : allowed === targetRoom,
  )
}

describe("arrows", () => {
  test("the source is found: the checks below look at something", () => {
    expect(files.length).toBeGreaterThan(50)
    expect(files.flatMap((file) => file.imports).length).toBeGreaterThan(100)
  })

  test("every room is in the table", () => {
    expect(
      [...new Set(files.map((file) => roomOf(file.path)))].filter((room) => !(room in ARROWS)),
    ).toEqual([])
  })

  test("no file imports from a room it may not know", () => {
    const wrong = files.flatMap((file) =>
      file.imports
        .filter((target) => !mayImport(file, target))
        .map((target) => `${file.path} → ${target}`),
    )
    expect(wrong).toEqual([])
  })

  test("a system knows no other system", () => {
    const system = (path: string) => /^src\/systems\/([^/]+)\//.exec(path)?.[1]
    const wrong = files.flatMap((file) =>
      file.imports
        .filter(
          (target) => system(file.path) && system(target) && system(file.path) !== system(target),
        )
        .map((target) => `${file.path} → ${target}`),
    )
    expect(wrong).toEqual([])
  })

  test("the engine, the ledger, the client and the test kit know no platform: no Workers, no Node, no HTTP", () => {
    const pure = files.filter((file) =>
      ["engine", "ledger", "client", "testing"].includes(roomOf(file.path)),
    )
    const platform = pure.flatMap((file) =>
      file.packages
        .filter(
          (name) => name.startsWith("cloudflare:") || name.startsWith("node:") || name === "hono",
        )
        .map((name) => `${file.path} → ${name}`),
    )
    expect(platform).toEqual([])
  })

  test("the engine asks no clock and no randomness but its ports", () => {
    const forbidden =
      /\bDate\.now\(|\bMath\.random\(|\bcrypto\.|\bsetTimeout\(|\bperformance\.now\(/
    const engine = files.filter((file) => roomOf(file.path) === "engine")
    expect(
      engine.filter((file) => forbidden.test(withoutComments(file.text))).map((file) => file.path),
    ).toEqual([])
  })

  test("there is no circle between files", () => {
    expect(firstCircle(files)).toBeUndefined()
  })
})

describe("files", () => {
  const all = [...files, ...sourceFiles("scripts"), ...sourceFiles("test")]

  test("each says at its head what it owns", () => {
    expect(all.filter((file) => !file.text.startsWith("//")).map((file) => file.path)).toEqual([])
  })

  test("none of the source is longer than 300 lines", () => {
    expect(
      files.filter((file) => file.lines > 300).map((file) => `${file.path}: ${file.lines}`),
    ).toEqual([])
  })
})

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|\s)\/\/.*/g, "")
}

/** The files of a circle of imports, types included; `undefined` when there is none. */
function firstCircle(all: readonly SourceFile[]): string[] | undefined {
  const imports = new Map(all.map((file) => [file.path, file.imports] as const))
  const done = new Set<string>()
  const visit = (path: string, trail: string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return undefined
    for (const target of imports.get(path) ?? []) {
      const circle = visit(target, [...trail, path])
      if (circle !== undefined) return circle
    }
    done.add(path)
    return undefined
  }
  for (const file of all) {
    const circle = visit(file.path, [])
    if (circle !== undefined) return circle
  }
  return undefined
}
