// Source files: every TypeScript file under a folder, with what it imports from this project.
// Owns: reading and resolving. Must not judge: the tests do.

import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, sep } from "node:path"
import { fileURLToPath } from "node:url"

const ROOT = fileURLToPath(new URL("../../", import.meta.url))

export interface SourceFile {
  /** From the project's root, with slashes. */
  readonly path: string
  readonly text: string
  readonly lines: number
  /** Paths of this project's files that it imports, by type or by value. */
  readonly imports: readonly string[]
  /** Names of packages and runtime modules that it imports. */
  readonly packages: readonly string[]
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^"'`;]*?from\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)|(?:^|\n)import\s+"([^"]+)"/g

export function sourceFiles(folder: string): SourceFile[] {
  return (
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
      // The bench's peers are a package of their own, with packages of their own.
      .filter((name) => !name.split(sep).includes("node_modules"))
      .sort()
      .map((name) => readSource(join(folder, name)))
  )
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), "utf8")
  const specifiers = [...text.matchAll(IMPORT)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? "",
  )
  const isOurs = (specifier: string) => specifier.startsWith(".")
  return {
    path: path.split(sep).join("/"),
    text,
    lines: text.split("\n").length - 1,
    imports: specifiers.filter(isOurs).map((specifier) => resolve(path, specifier)),
    packages: specifiers.filter((specifier) => !isOurs(specifier)),
  }
}

function resolve(from: string, specifier: string): string {
  return relative(ROOT, join(ROOT, dirname(from), specifier))
    .split(sep)
    .join("/")
}
