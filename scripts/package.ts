// Package: makes the package that another Worker's project installs, as dist/belay-<version>.tgz.
// npm run package
// Owns: what goes into it: the compiled library and a manifest of its own. This folder's manifest names what the whole
// house needs (the relay's native client, a Node for Linux, every tool); the package's names what the library imports.

import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { packageManifest, type Manifest } from "./package/manifest.ts"

const ROOT = fileURLToPath(new URL("..", import.meta.url))
const OUT = join(ROOT, "dist")
const PACKAGE = join(OUT, "package")

// Packed as it stands, this folder would be the workshop and not the work.
if (process.env["npm_lifecycle_event"] === "prepack") {
  console.error("This folder is not the package. Use: npm run package")
  process.exit(1)
}

rmSync(PACKAGE, { recursive: true, force: true })
mkdirSync(PACKAGE, { recursive: true })
run(join(ROOT, "node_modules", ".bin", "tsc"), ["--project", "tsconfig.build.json"])
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest
const modules = readdirSync(PACKAGE, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".js"))
  .map((name) => readFileSync(join(PACKAGE, name), "utf8"))
const own = packageManifest(manifest, modules)
writeFileSync(join(PACKAGE, "package.json"), `${JSON.stringify(own, undefined, 2)}\n`)
cpSync(join(ROOT, "README.md"), join(PACKAGE, "README.md"))
run("npm", ["pack", PACKAGE, "--pack-destination", OUT, "--loglevel", "error"])

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: "inherit" })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
}
