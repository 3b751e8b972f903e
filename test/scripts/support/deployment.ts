// Deployment: a bare workerd that serves one Worker after another on the same objects, as deploys do.
// Owns: its folder and its life. Its tokens are one that may operate and one that may read.

import { copyFileSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { BareWorkerd } from "../../../scripts/support/bare-workerd.ts"
import { bundleWorker } from "../../../scripts/support/bundle.ts"
import { freePort } from "../../../scripts/support/free-port.ts"
import { JsonClient, type Answer } from "../../../scripts/support/json-client.ts"

export const CODE = {
  deployed: fileURLToPath(new URL("../worker/deployed.ts", import.meta.url)),
  next: fileURLToPath(new URL("../worker/next.ts", import.meta.url)),
} as const

export const TOKENS = { operate: "operate-token", read: "read-token" } as const

export class Deployment {
  readonly folder: string
  readonly #workerd: BareWorkerd

  static async start(code: keyof typeof CODE): Promise<Deployment> {
    const folder = mkdtempSync(join(tmpdir(), "belay-deployment-"))
    for (const name of ["deployed", "next"] as const) {
      await bundleWorker(CODE[name], join(folder, `${name}.js`))
    }
    const deployment = new Deployment(folder, await freePort())
    await deployment.deploy(code)
    return deployment
  }

  private constructor(folder: string, port: number) {
    this.folder = folder
    const tokens = { [TOKENS.operate]: ["operate"], [TOKENS.read]: ["read"] }
    const variables = { BELAY_TOKENS: JSON.stringify(tokens) }
    this.#workerd = new BareWorkerd({ folder, port, objects: { RUNS: "RunObject" }, variables })
  }

  get url(): string {
    return this.#workerd.url
  }

  /** The process ends and another one serves this code. */
  async deploy(code: keyof typeof CODE): Promise<void> {
    await this.#workerd.kill()
    copyFileSync(join(this.folder, `${code}.js`), join(this.folder, "worker.js"))
    await this.#workerd.start()
  }

  ask(method: "GET" | "POST", path: string, body?: unknown): Promise<Answer> {
    const headers = { authorization: `Bearer ${TOKENS.operate}` }
    return new JsonClient(this.url).send(method, path, body, headers)
  }

  async end(): Promise<void> {
    await this.#workerd.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
