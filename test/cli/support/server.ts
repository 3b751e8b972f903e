// Server: a real runtime with the workflows of these tests, and its tokens.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { BareWorkerd } from "../../../scripts/support/bare-workerd.ts"
import { bundleWorker } from "../../../scripts/support/bundle.ts"
import { freePort } from "../../../scripts/support/free-port.ts"

const ENTRY = fileURLToPath(new URL("../worker/main.ts", import.meta.url))

export const TOKENS = { operate: "may-operate", read: "may-read" }

export class Server {
  readonly workerd: BareWorkerd
  readonly #folder: string

  static async start(): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), "belay-cli-server-"))
    await bundleWorker(ENTRY, join(folder, "worker.js"))
    const server = new Server(folder, await freePort())
    await server.workerd.start()
    return server
  }

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.workerd = new BareWorkerd({
      folder,
      port,
      objects: { RUNS: "RunObject" },
      variables: {
        BELAY_TOKENS: JSON.stringify({ [TOKENS.operate]: ["operate"], [TOKENS.read]: ["read"] }),
      },
    })
  }

  get url(): string {
    return this.workerd.url
  }

  async end(): Promise<void> {
    await this.workerd.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
