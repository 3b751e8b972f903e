// Install: the peers' own package, brought when a bench first needs it, so that the project's install stays small.
// Owns: its node_modules. Install scripts do not run: every binary that a peer needs comes in a package.

import { existsSync, statSync } from "node:fs"
import { join } from "node:path"
import { ProcessGroup } from "../../support/process-group.ts"

const INSTALL_MS_MAX = 300_000

/** @returns why there is none; `undefined` when it is there */
export async function installPeers(folder: string): Promise<string | undefined> {
  if (isInstalled(folder)) return undefined
  console.error(`Installing the bench's peers in ${folder} …`)
  const npm = await ProcessGroup.start({
    command: "npm",
    args: ["ci", "--ignore-scripts"],
    folder,
    onLine: (line) => console.error(line),
  })
  const timer = setTimeout(() => npm.signal("SIGKILL"), INSTALL_MS_MAX)
  const { code, signal } = await npm.ended
  clearTimeout(timer)
  if (code === 0) return undefined
  const how = signal === "SIGKILL" ? `not done after ${INSTALL_MS_MAX / 1_000} s` : `code ${code}`
  return `The peers' package could not be installed: npm ci ended with ${how}.`
}

/** npm writes its hidden lock file last. */
function isInstalled(folder: string): boolean {
  const installed = join(folder, "node_modules", ".package-lock.json")
  if (!existsSync(installed)) return false
  return statSync(installed).mtimeMs >= statSync(join(folder, "package-lock.json")).mtimeMs
}
