// Page program: the program of a page under docs/, as its reader would run it: bundled, on bare workerd, over HTTP.
// Owns: finding the program in the page, and the process it runs in.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"
import { BareWorkerd } from "../../../scripts/support/bare-workerd.ts"
import { bundleWorker } from "../../../scripts/support/bundle.ts"
import { freePort } from "../../../scripts/support/free-port.ts"
import { JsonClient } from "../../../scripts/support/json-client.ts"

const ROOT = fileURLToPath(new URL("../../..", import.meta.url))

/**
 * The first TypeScript of the page, in a folder of the project, where "belay" is found as its users find it. Gone after
 * the test. @throws Error when the page has none
 */
export function programOf(page: string): string {
  const [, code] = /^```ts\n([\s\S]*?)^```$/m.exec(readFileSync(join(ROOT, page), "utf8")) ?? []
  if (code === undefined) throw new Error(`${page} has no program.`)
  mkdirSync(join(ROOT, ".belay"), { recursive: true })
  const folder = mkdtempSync(join(ROOT, ".belay", "program-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, "index.ts"), code)
  return join(folder, "index.ts")
}

export interface RunningPage {
  readonly client: JsonClient
  readonly url: string
  /** SIGKILL, and the same again on the same disk. */
  killAndRestart(): Promise<void>
}

/**
 * Runs a page's program until the test is over.
 * @param objects object classes by the name of their binding
 * @param variables of the Worker, beside the one that says it is a development server
 */
export async function runPage(
  page: string,
  objects: Readonly<Record<string, string>> = { RUNS: "RunObject" },
  variables: Readonly<Record<string, string>> = {},
): Promise<RunningPage> {
  const folder = mkdtempSync(join(tmpdir(), "belay-page-"))
  const port = await freePort()
  const workerd = new BareWorkerd({
    folder,
    port,
    objects,
    variables: { BELAY_DEV: "1", ...variables },
  })
  onTestFinished(async () => {
    await workerd.kill()
    rmSync(folder, { recursive: true })
  })
  await bundleWorker(programOf(page), join(folder, "worker.js"))
  await workerd.start()
  return {
    client: new JsonClient(workerd.url),
    url: workerd.url,
    async killAndRestart() {
      await workerd.kill()
      await workerd.start()
    },
  }
}
