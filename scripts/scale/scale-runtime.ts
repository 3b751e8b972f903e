// Scale runtime: bare workerd on a temporary folder with the scale's Worker, with or without an index.
// Owns: the process and the folder. Must not touch: what is asked of it.

import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { BareWorkerd } from "../support/bare-workerd.ts"
import { bundleWorker } from "../support/bundle.ts"
import { freePort } from "../support/free-port.ts"

/** What the runtime says meanwhile. */
const LOG_FILE = ".belay/scale-workerd.log"

export interface ScaleRuntime {
  readonly workerd: BareWorkerd
  /** Where workerd keeps the objects: a folder for each class. */
  readonly data: string
}

export async function onScaleRuntime<T>(
  hasIndex: boolean,
  work: (runtime: ScaleRuntime) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "belay-scale-"))
  mkdirSync(".belay", { recursive: true })
  const log = createWriteStream(LOG_FILE)
  const workerd = new BareWorkerd({
    folder,
    port: await freePort(),
    objects: {
      RUNS: "RunObject",
      FLOOR: "FloorObject",
      ...(hasIndex ? { INDEX: "IndexObject" } : {}),
    },
    variables: { BELAY_DEV: "1" },
    onLine: (line) => log.write(`${line}\n`),
  })
  try {
    await bundleWorker(
      fileURLToPath(new URL("worker/scale-worker.ts", import.meta.url)),
      join(folder, "worker.js"),
    )
    await workerd.start()
    void workerd.ended?.then((e) => log.write(`ended: ${JSON.stringify(e)}\n`))
    return await work({ workerd, data: join(folder, "data") })
  } finally {
    await workerd.kill()
    log.end()
    rmSync(folder, { recursive: true, force: true })
  }
}
