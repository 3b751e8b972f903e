// Real TigerBeetle: the program of this machine, if it has one, and clusters of one replica made of it for one test
// file: on a free port, with a data file of their own, ended and deleted by whoever asked for them.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { FOLDER_DEFAULT } from "../../scripts/support/dev-folder.ts"
import { freePort } from "../../scripts/support/free-port.ts"
import { TigerBeetleProcess } from "../../scripts/support/tigerbeetle-process.ts"
import { findTigerBeetle, tigerBeetleFolder } from "../../scripts/support/tigerbeetle-program.ts"

/** A start makes a data file of a gigabyte, and other tests use the disk too. */
export const CLUSTER_START_TIMEOUT_MS = 90_000

/** What TIGERBEETLE_BIN names, or what `npm run tigerbeetle` has fetched. */
export const tigerBeetleProgram: string | undefined = await findTigerBeetle(
  process.env["TIGERBEETLE_BIN"],
  tigerBeetleFolder(process.env["BELAY_FOLDER"] || FOLDER_DEFAULT),
)

export const HOW_TO_RUN =
  "once `npm run tigerbeetle` (it fetches the official release), or TIGERBEETLE_BIN=/path/to/tigerbeetle npm test"

export class RealCluster {
  readonly #program: string
  readonly #folder: string
  readonly #port: number
  #process: TigerBeetleProcess | undefined

  static async start(): Promise<RealCluster> {
    if (tigerBeetleProgram === undefined) throw new Error("There is no TigerBeetle here.")
    const folder = mkdtempSync(join(tmpdir(), "belay-cluster-"))
    const cluster = new RealCluster(tigerBeetleProgram, folder, await freePort())
    try {
      await cluster.start()
    } catch (error) {
      await cluster.end()
      throw error
    }
    return cluster
  }

  private constructor(program: string, folder: string, port: number) {
    this.#program = program
    this.#folder = folder
    this.#port = port
  }

  /** As `TB_ADDRESS` wants it; the same after a new start. */
  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  /** Starts on the data it had, or on none. */
  async start(): Promise<void> {
    this.#process = await TigerBeetleProcess.start({
      program: this.#program,
      dataFile: this.#dataFile,
      port: this.#port,
    })
  }

  async stop(): Promise<void> {
    await this.#process?.stop()
  }

  /** Forgets all accounts, transfers and sessions; only while it is stopped. */
  erase(): void {
    rmSync(this.#dataFile, { force: true })
  }

  async end(): Promise<void> {
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get #dataFile(): string {
    return join(this.#folder, "0_0.tigerbeetle")
  }
}
