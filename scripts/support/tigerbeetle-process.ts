// TigerBeetle's process: a cluster of one replica on loopback, for development and tests.
// Owns: the data file's making, the flags, the wait until it listens, the end. The data outlives the process.
//   P1. A data file is whole or not there: it is made under another name first.

import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { dirname } from "node:path"
import { isFreePort } from "./free-port.ts"
import { type Ending, ProcessGroup } from "./process-group.ts"
import { waitUntil } from "./wait-until.ts"

const HOST = "127.0.0.1"
const LISTEN_TIMEOUT_MS = 60_000

/** The kernel gives back a port that was used through io_uring some time after its process has ended. */
const PORT_TIMEOUT_MS = 5_000
const STOP_GRACE_MS = 5_000

/** The id that TigerBeetle reserves for testing, and the relay's default. */
const CLUSTER_ID = 0

/**
 * Development mode: less memory, and disks without direct access. It would also shrink a request from 8,189 events to
 * about 253, which no production cluster does: the limit is set back.
 */
const START_FLAGS = ["--development", "--experimental", "--limit-request=1MiB"]

export interface TigerBeetleOptions {
  /** See `findTigerBeetle`. */
  readonly program: string
  /** Made when it is not there; takes about 1.1 GB at once. */
  readonly dataFile: string
  readonly port: number
  readonly onLine?: (line: string) => void
}

export class TigerBeetleProcess {
  /** As `TB_ADDRESS` wants it. */
  readonly address: string
  readonly #group: ProcessGroup

  /** Resolves when it listens. @throws Error with what it said last */
  static async start(options: TigerBeetleOptions): Promise<TigerBeetleProcess> {
    const { program, dataFile, port, onLine } = options
    await requireFree(port)
    if (!existsSync(dataFile)) await format(program, dataFile)
    const group = await ProcessGroup.start({
      command: program,
      args: ["start", `--addresses=${HOST}:${port}`, ...START_FLAGS, dataFile],
      ...(onLine === undefined ? {} : { onLine }),
    })
    try {
      await waitUntil(`TigerBeetle to listen on port ${port}`, LISTEN_TIMEOUT_MS, async () =>
        group.hasEnded || (await isListening(port)) ? true : undefined,
      )
      if (group.hasEnded) throw new Error("it ended")
    } catch (cause) {
      await group.kill()
      throw new Error(`TigerBeetle did not start. It said last:\n${group.tail || "nothing"}`, {
        cause,
      })
    }
    return new TigerBeetleProcess(group, port)
  }

  private constructor(group: ProcessGroup, port: number) {
    this.#group = group
    this.address = `${HOST}:${port}`
  }

  get ended(): Promise<Ending> {
    return this.#group.ended
  }

  /** What it said last. */
  get tail(): string {
    return this.#group.tail
  }

  /** What was answered is on the disk: it needs no time to tidy up. */
  async stop(): Promise<void> {
    await this.#group.stop(STOP_GRACE_MS)
  }
}

async function requireFree(port: number): Promise<void> {
  try {
    await waitUntil(`port ${port} to be free`, PORT_TIMEOUT_MS, async () =>
      (await isFreePort(port)) ? true : undefined,
    )
  } catch (cause) {
    throw new Error(
      `Port ${port} is taken. Stop the program that listens there, or choose another: TB_PORT=${port + 1} npm run tigerbeetle`,
      { cause },
    )
  }
}

async function format(program: string, dataFile: string): Promise<void> {
  mkdirSync(dirname(dataFile), { recursive: true })
  const half = `${dataFile}.half`
  rmSync(half, { force: true })
  const flags = [`--cluster=${CLUSTER_ID}`, "--replica=0", "--replica-count=1", "--development"]
  const group = await ProcessGroup.start({ command: program, args: ["format", ...flags, half] })
  const { code } = await group.ended
  if (code !== 0) {
    rmSync(half, { force: true })
    throw new Error(`TigerBeetle could not make ${dataFile}. It said last:\n${group.tail}`)
  }
  renameSync(half, dataFile)
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST)
    const answer = (isOpen: boolean) => () => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once("connect", answer(true))
    socket.once("error", answer(false))
  })
}
