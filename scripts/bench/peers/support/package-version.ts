// Package version: which version of a package is installed here, as a table names it.

import { readFileSync } from "node:fs"

const HERE = new URL("..", import.meta.url)

export function versionOf(name: string): string {
  const file = new URL(`node_modules/${name}/package.json`, HERE)
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }
  return version
}
