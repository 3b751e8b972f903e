// Package version: which version of a package is installed for a peer, here or in the project, as a table names it.

import { existsSync, readFileSync } from "node:fs"

const PLACES = ["../node_modules/", "../../../../node_modules/"]

/** @throws Error when it is not installed */
export function versionOf(name: string): string {
  const files = PLACES.map((place) => new URL(`${place}${name}/package.json`, import.meta.url))
  const file = files.find((file) => existsSync(file))
  if (file === undefined) throw new Error(`${name} is not installed.`)
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }
  return version
}
