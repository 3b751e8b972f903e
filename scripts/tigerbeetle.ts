// TigerBeetle on this machine, for development: the pinned official release, fetched once, one replica on loopback.
// Owns: settings, what is printed, signals and the exit code; the rest is support/tigerbeetle-*.ts.
// Ends with 0 on Ctrl-C, SIGTERM or SIGHUP, and with 1, saying why, when something fails. Read from the environment:
//   TB_PORT                   3001
//   BELAY_FOLDER              .belay; program and data are in its folder "tigerbeetle"
//   TIGERBEETLE_BIN           a program to use instead of fetching one
//   TIGERBEETLE_RELEASES_URL  a copy of the official releases; what it gives is checked all the same
//   TIGERBEETLE_SHA256        the sum that the release must have, instead of the one in tigerbeetle-release.ts

import { join, relative } from "node:path"
import { openTigerBeetle } from "../src/relay/tigerbeetle/tigerbeetle-ledger.ts"
import { FOLDER_DEFAULT } from "./support/dev-folder.ts"
import { interruption } from "./support/interruption.ts"
import { readPort } from "./support/read-port.ts"
import { downloadTigerBeetle } from "./support/tigerbeetle-download.ts"
import { TigerBeetleProcess } from "./support/tigerbeetle-process.ts"
import {
  fetchedProgram,
  findTigerBeetle,
  tigerBeetleFolder,
} from "./support/tigerbeetle-program.ts"
import { releaseFile, RELEASES_URL, TIGERBEETLE_VERSION } from "./support/tigerbeetle-release.ts"

const PORT_DEFAULT = "3001"
const ANSWER_TIMEOUT_MS = 30_000

/** An id to look up; nothing needs to have it. */
const ANY_ID = 1n

function setting(name: string): string | undefined {
  return process.env[name] || undefined
}

function readSum(): { sha256: string } | undefined {
  const sha256 = setting("TIGERBEETLE_SHA256")
  if (sha256 === undefined) return undefined
  if (/^[0-9a-f]{64}$/i.test(sha256)) return { sha256 }
  throw new Error(`TIGERBEETLE_SHA256: expected 64 hexadecimal digits, got "${sha256}".`)
}

async function obtainProgram(folder: string): Promise<string> {
  const named = setting("TIGERBEETLE_BIN")
  const found = await findTigerBeetle(named, folder)
  if (found !== undefined) return found
  const file = releaseFile()
  const releasesUrl = setting("TIGERBEETLE_RELEASES_URL") ?? RELEASES_URL
  console.log(`Fetching TigerBeetle ${TIGERBEETLE_VERSION} (${file.name}) from ${releasesUrl} …`)
  await downloadTigerBeetle({ file, path: fetchedProgram(folder), releasesUrl, ...readSum() })
  const fetched = await findTigerBeetle(undefined, folder)
  if (fetched === undefined) throw new Error(`${fetchedProgram(folder)} is not there any more.`)
  return fetched
}

/** Listening is not answering: one question through the client that the relay uses. */
async function requireAnswer(address: string): Promise<void> {
  const ledger = await openTigerBeetle({ clusterId: 0n, addresses: [address] })
  const timer = Promise.withResolvers<never>()
  const timeout = setTimeout(
    () => timer.reject(new Error(`TigerBeetle listens on ${address} but answers nothing.`)),
    ANSWER_TIMEOUT_MS,
  )
  try {
    await Promise.race([ledger.lookupAccounts([ANY_ID]), timer.promise])
  } finally {
    clearTimeout(timeout)
    ledger.close()
  }
}

function shown(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith("..") ? path : short
}

function welcome(address: string, dataFile: string): string {
  return `
TigerBeetle answers on ${address}. Its data is in ${shown(dataFile)}; Ctrl-C ends it.
One replica in development mode: for development and tests, not for production money.

To run everything on it, in another terminal:

  TB_ADDRESS=${address} npm start
`
}

/** A person wants to see what is wrong, not each connection. */
function tell(line: string): void {
  if (!/\binfo\(|^\s*$/.test(line)) console.error(line)
}

/** Resolves with the reason when the server ends by itself. */
async function serve(port: number, started: (server: TigerBeetleProcess) => void): Promise<string> {
  const folder = tigerBeetleFolder(setting("BELAY_FOLDER") ?? FOLDER_DEFAULT)
  const program = await obtainProgram(folder)
  console.log(`Starting ${shown(program)} …`)
  const dataFile = join(folder, "0_0.tigerbeetle")
  let isReady = false
  const onLine = (line: string) => {
    if (isReady) tell(line)
  }
  const server = await TigerBeetleProcess.start({ program, dataFile, port, onLine })
  started(server)
  await requireAnswer(server.address)
  isReady = true
  console.log(welcome(server.address, dataFile))
  await server.ended
  return `TigerBeetle ended unexpectedly. It said last:\n${server.tail}`
}

async function main(): Promise<number> {
  const interrupted = interruption()
  const port = readPort("TB_PORT", setting("TB_PORT") ?? PORT_DEFAULT)
  let server: TigerBeetleProcess | undefined
  try {
    const reason = await Promise.race([serve(port, (started) => (server = started)), interrupted])
    if (reason !== undefined) console.error(reason)
    return reason === undefined ? 0 : 1
  } finally {
    await server?.stop()
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error))
    process.exit(1)
  },
)
