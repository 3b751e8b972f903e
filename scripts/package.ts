// Package: makes of this folder what another Worker's project installs, for as long as `npm pack` takes.
// `npm pack` (or `npm run package`, which puts it into dist/) calls it before and, with --restore, after.
// Owns: what goes into the package: the compiled library, the command line and a manifest of its own. This folder's manifest names what the
// whole house needs (the relay's native client, a Node for Linux, every tool); the package's names what the library
// imports, and takes its place meanwhile.
//   P1. This folder's manifest is kept beside the compiled library and comes back, also after a pack that was killed: the
//       next one begins with it.

import { spawnSync } from "node:child_process"
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { buildSync } from "esbuild"
import { COMMAND_LINE, NODE_MAJOR, packageManifest, type Manifest } from "./package/manifest.ts"

const ROOT = fileURLToPath(new URL("..", import.meta.url))
const LIBRARY = "dist/package"
const MANIFEST = join(ROOT, "package.json")
const KEPT = join(ROOT, "dist", "manifest-of-this-folder.json")

function restore(): void {
  if (existsSync(KEPT)) renameSync(KEPT, MANIFEST)
}

function compile(): void {
  rmSync(join(ROOT, LIBRARY), { recursive: true, force: true })
  mkdirSync(join(ROOT, LIBRARY), { recursive: true })
  const compiler = join(ROOT, "node_modules", ".bin", "tsc")
  const { status, stdout } = spawnSync(compiler, ["--project", "tsconfig.build.json"], {
    cwd: ROOT,
    encoding: "utf8",
  })
  if (status !== 0) throw new Error(`The library does not compile:\n${stdout}`)
}

/** One file of plain JavaScript: no Node reads TypeScript below node_modules. */
function bundleCommandLine(): void {
  buildSync({
    absWorkingDir: ROOT,
    entryPoints: ["src/cli/main.ts"],
    outfile: join(LIBRARY, COMMAND_LINE),
    bundle: true,
    platform: "node",
    format: "esm",
    target: `node${NODE_MAJOR}`,
    banner: { js: "#!/usr/bin/env node" },
    logLevel: "warning",
  })
  chmodSync(join(ROOT, LIBRARY, COMMAND_LINE), 0o755)
}

function replaceManifest(): void {
  const text = readFileSync(MANIFEST, "utf8")
  const modules = readdirSync(join(ROOT, LIBRARY), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".js"))
    .map((name) => readFileSync(join(ROOT, LIBRARY, name), "utf8"))
  const own = packageManifest(JSON.parse(text) as Manifest, modules, LIBRARY)
  writeFileSync(KEPT, text)
  writeFileSync(MANIFEST, `${JSON.stringify(own, undefined, 2)}\n`)
}

restore()
if (!process.argv.includes("--restore")) {
  compile()
  bundleCommandLine()
  replaceManifest()
}
