// Cloudflare Workflows: the engine that Miniflare brings, in the same runtime as Belay's, with its state on disk.
// Owns: Miniflare and what the Worker cannot do itself: the files of the interruption. The Worker answers the port.

import { mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, Response } from "miniflare"
import { bundleWorker } from "../../../support/bundle.ts"
import { COMPATIBILITY } from "../../../support/compatibility.ts"
import { Interruption } from "../support/interruption.ts"
import { versionOf } from "../support/package-version.ts"
import { runAsPeer } from "../support/peer-process.ts"

const WORKER = fileURLToPath(new URL("worker/main.ts", import.meta.url))

/** The platform's limit that can be set highest, so that W3's longest run is let through if the engine can. */
const STEPS_MAX = 200_000

runAsPeer(async (folder, port) => {
  // Miniflare leaves its temporary files where it is killed.
  process.env["TMPDIR"] = join(folder, "tmp")
  mkdirSync(process.env["TMPDIR"], { recursive: true })
  const script = join(folder, "worker.js")
  await bundleWorker(WORKER, script)
  const interruption = new Interruption(folder)
  let hangs: Promise<unknown> = Promise.resolve()
  const host = async (request: { readonly url: string }): Promise<Response> => {
    switch (new URL(request.url).pathname) {
      case "/begin":
        hangs = interruption.of(async () => undefined)
        break
      case "/hangs":
        await hangs
        break
      case "/hang":
        await interruption.hangOnce()
        break
      case "/ended":
        interruption.ended()
    }
    return new Response()
  }
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "bench",
      modules: true,
      script: readFileSync(script, "utf8"),
      ...COMPATIBILITY,
      workflows: {
        BENCH: { name: "bench", className: "BenchWorkflow", stepLimit: STEPS_MAX },
      },
      serviceBindings: { HOST: host },
      host: "127.0.0.1",
      port,
      cf: false,
      log: new Log(LogLevel.WARN),
      resourcePersistencePath: join(folder, "state"),
    }),
  )
  await miniflare.ready
  return {
    name: `Cloudflare Workflows, Miniflare ${versionOf("miniflare")}`,
    isDurable: true,
    setup:
      "Cloudflare Workflows' local engine in Miniflare, with its state on disk; an instance's end is heard by a " +
      "subscription, without polling.",
    close: () => miniflare.dispose(),
  }
})
