// Peer process: what the bench expects of a peer's process, whoever serves its port.
// Owns: FOLDER and PORT, the one line on stdout, the end on SIGTERM.

import { mkdirSync } from "node:fs"
import { isAbsolute } from "node:path"
import type { Ready, Skipped } from "../protocol.ts"

interface Running extends Omit<Ready, "ready"> {
  close(): Promise<void>
}

/** @param start resolves when the port is open */
export function runAsPeer(
  start: (folder: string, port: number) => Promise<Running | Skipped>,
): void {
  main(start).catch(fail)
}

async function main(
  start: (folder: string, port: number) => Promise<Running | Skipped>,
): Promise<void> {
  const folder = process.env["FOLDER"] ?? ""
  const port = Number(process.env["PORT"])
  if (!isAbsolute(folder)) throw new Error(`FOLDER: expected an absolute path, got "${folder}".`)
  if (!(port > 0)) throw new Error(`PORT: expected a port, got "${process.env["PORT"] ?? ""}".`)
  mkdirSync(folder, { recursive: true })
  const starting = start(folder, port)
  process.once("SIGTERM", () => {
    endAfter(starting).then(() => process.exit(0), fail)
  })
  const running = await starting
  if ("skipped" in running) {
    say(running)
    process.exit(0)
  }
  const { name, isDurable, setup, stepsMax } = running
  const limit = stepsMax === undefined ? {} : { stepsMax }
  say({ ready: true, name, isDurable, setup, ...limit })
}

async function endAfter(starting: Promise<Running | Skipped>): Promise<void> {
  const running = await starting
  if (!("skipped" in running)) await running.close()
}

function say(line: Ready | Skipped): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function fail(error: unknown): void {
  console.error(error)
  process.exit(1)
}
