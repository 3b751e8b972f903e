// Bench runtime: bare workerd on a temporary folder with the bench's Worker, started for one section and ended after it.
// Owns: the process and the folder. Must not touch: what is measured.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { BareWorkerd } from "../support/bare-workerd.ts"
import { bundleWorker } from "../support/bundle.ts"
import { freePort } from "../support/free-port.ts"

export async function onBenchRuntime<T>(work: (runtime: BareWorkerd) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "belay-bench-"))
  const runtime = new BareWorkerd({
    folder,
    port: await freePort(),
    objects: {
      RUNS: "RunObject",
      PLAIN_RUNS: "PlainRunObject",
      INDEX: "IndexObject",
      FLOOR: "FloorObject",
    },
    variables: { BELAY_DEV: "1" },
  })
  try {
    await bundleWorker(
      fileURLToPath(new URL("worker/bench-worker.ts", import.meta.url)),
      join(folder, "worker.js"),
    )
    await runtime.start()
    return await work(runtime)
  } finally {
    await runtime.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}
