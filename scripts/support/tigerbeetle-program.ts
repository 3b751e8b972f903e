// TigerBeetle's program: the one that is used on this machine, if there is one.
// Owns: where it is looked for, and whether it will do. Must not touch: getting it (tigerbeetle-download.ts).

import { execFile } from "node:child_process"
import { accessSync, constants, statSync } from "node:fs"
import { join, resolve } from "node:path"
import { promisify } from "node:util"
import { releaseFile, TIGERBEETLE_VERSION } from "./tigerbeetle-release.ts"

const VERSION_TIMEOUT_MS = 20_000

/** Where `npm run tigerbeetle` keeps program and data, in the development folder. */
export function tigerBeetleFolder(developmentFolder: string): string {
  return join(resolve(developmentFolder), "tigerbeetle")
}

/** Where a fetched program of this version is, whether it is there or not. */
export function fetchedProgram(folder: string): string {
  return join(folder, TIGERBEETLE_VERSION, releaseFile().program)
}

/**
 * The program that TIGERBEETLE_BIN names, or else the fetched one; `undefined` when there is neither.
 * @throws Error when there is one that will not do.
 */
export async function findTigerBeetle(
  named: string | undefined,
  folder: string,
): Promise<string | undefined> {
  if (named !== undefined && named !== "") {
    const path = resolve(named)
    const complaint = await complaintAbout(path)
    if (complaint === undefined) return path
    throw new Error(`TIGERBEETLE_BIN: ${path} ${complaint}`)
  }
  const path = fetchedProgram(folder)
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined
  const complaint = await complaintAbout(path)
  if (complaint === undefined) return path
  throw new Error(`${path} ${complaint} Delete it, and \`npm run tigerbeetle\` fetches it anew.`)
}

/** What is wrong with a program, in words that follow its path; `undefined` when nothing is. */
async function complaintAbout(path: string): Promise<string | undefined> {
  const status = statSync(path, { throwIfNoEntry: false })
  if (status === undefined) return "does not exist."
  if (!status.isFile()) return "is not a file."
  try {
    accessSync(path, constants.X_OK)
  } catch {
    return `may not be executed; try: chmod +x ${path}`
  }
  let said: string
  try {
    said = (await promisify(execFile)(path, ["version"], { timeout: VERSION_TIMEOUT_MS })).stdout
  } catch (error) {
    return `does not run on this machine: ${error instanceof Error ? error.message : String(error)}`
  }
  const version = /^TigerBeetle version (?<version>\d+\.\d+\.\d+)/m.exec(said)?.groups?.["version"]
  if (version === undefined) {
    return `does not say that it is TigerBeetle; its "version" gave: ${said.slice(0, 200).trim() || "nothing"}`
  }
  if (isAtLeast(version, TIGERBEETLE_VERSION)) return undefined
  return `is TigerBeetle ${version}; the relay's client is ${TIGERBEETLE_VERSION}, and a cluster must not be older than its clients.`
}

function isAtLeast(version: string, least: string): boolean {
  const numbers = version.split(".").map(Number)
  const leastNumbers = least.split(".").map(Number)
  for (const [index, number] of numbers.entries()) {
    const difference = number - (leastNumbers[index] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}
