// The TypeScript in the pages compiles against the library, under the project's own strict settings.

import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, expect, test } from "vitest"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const COMPILER = join(ROOT, "node_modules", ".bin", "tsc")
const COMPILE_TIMEOUT_MS = 60_000

// Inside the project, so that "belay" is found as its users find it.
mkdirSync(join(ROOT, ".belay"), { recursive: true })
const folder = mkdtempSync(join(ROOT, ".belay", "examples-"))
afterAll(() => rmSync(folder, { recursive: true }))

function examplesOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), "utf8")
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)]
    .map(([, code]) => code ?? "")
    .filter((code) => code.includes('from "belay'))
}

test(
  "each example that imports the library compiles",
  () => {
    const pages = readdirSync(join(ROOT, "docs"))
      .filter((name) => name.endsWith(".md"))
      .map((name) => join("docs", name))
    const examples = ["README.md", ...pages].flatMap(examplesOf)
    expect(examples.length).toBeGreaterThanOrEqual(2)
    for (const [index, code] of examples.entries()) {
      // One that others import says its name in its first line.
      const [, name] = /^\/\/ ([\w-]+)\.ts\n/.exec(code) ?? []
      writeFileSync(join(folder, `${name ?? `example-${index}`}.ts`), code)
    }
    const settings = {
      extends: "../../tsconfig.json",
      compilerOptions: { noEmit: true, noUnusedLocals: false, noUnusedParameters: false },
      include: ["*.ts", "../../src/env.d.ts"],
    }
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings))
    const { status, stdout } = spawnSync(COMPILER, ["--project", folder], { encoding: "utf8" })
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" })
  },
  COMPILE_TIMEOUT_MS,
)
