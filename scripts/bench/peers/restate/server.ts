// Restate: handlers behind Restate's own server, called over its HTTP ingress.
// Owns: how each question becomes calls. The handlers' endpoint is open before the server starts, so that what was
// interrupted finds it there.

import { createServer, type Http2Server } from "node:http2"
import { connect } from "@restatedev/restate-sdk-clients"
import { createEndpointHandler } from "@restatedev/restate-sdk/node"
import { pause } from "../../../support/wait-until.ts"
import type { Skipped } from "../protocol.ts"
import type { Engine } from "../support/engine.ts"
import { Interruption } from "../support/interruption.ts"
import { lastingPorts } from "../support/lasting-ports.ts"
import { versionOf } from "../support/package-version.ts"
import { serve } from "../support/serve.ts"
import { SETTLE_MS, Watch } from "../support/watch.ts"
import { ingressUrl, registerHandlers, restateBinary, startRestate } from "./restate-server.ts"
import { benchService, type BenchService } from "./service.ts"

serve(start)

async function start(folder: string): Promise<Engine | Skipped> {
  const binary = restateBinary()
  if (binary === undefined) return { skipped: "Restate's package has no server for this machine." }
  const ports = await lastingPorts(folder, ["ingress", "admin", "node", "handlers"])
  const watch = new Watch()
  const interruption = new Interruption(folder)
  let onWait: (awakeable: string) => void = () => undefined
  const bench = benchService(watch, interruption, (awakeable) => onWait(awakeable))
  const endpoint = await open(bench, ports.handlers)
  const server = await startRestate(binary, folder, ports)
  await registerHandlers(ports)
  const ingress = connect({ url: ingressUrl(ports) })
  const client = ingress.serviceClient<BenchService>({ name: "bench" })
  const sender = ingress.serviceSendClient<BenchService>({ name: "bench" })
  return {
    name: `Restate ${versionOf("@restatedev/restate-server")}`,
    isDurable: true,
    setup:
      "Restate's server on this machine with its default settings, handlers in Node over HTTP/2, each run a call through " +
      "the HTTP ingress; a fan-out of more than 200 steps in groups of 200, which is faster for it.",
    fourSteps: async () => ({ result: await client.fourSteps(0) }),
    sequence: async (count) => {
      const id = watch.newId("sequence")
      await client.sequence({ id, count })
      return watch.take(id).toSequence()
    },
    interrupted: (count) =>
      interruption.of(() => sender.interrupted({ id: watch.newId("interrupted"), count })),
    sleepers: (count, ms) =>
      watch.sleepers(count, ms, (id) => client.sleeper({ id, count: 1, ms })),
    fanOut: async (count, ms) => {
      const id = watch.newId("fan-out")
      await client.fanOut({ id, count, ms })
      return { elapsedMs: watch.take(id).elapsedMs }
    },
    signal: async () => {
      const id = watch.newId("signal")
      const waits = new Promise<string>((resolve) => (onWait = resolve))
      const ended = client.signal({ id, count: 1 })
      const awakeable = await waits
      await pause(SETTLE_MS)
      watch.of(id).begin()
      await ingress.resolveAwakeable(awakeable, 1)
      await ended
      return { reactionMs: watch.take(id).elapsedMs }
    },
    close: async () => {
      await server.stop()
      endpoint.close()
    },
  }
}

async function open(bench: BenchService, port: number): Promise<Http2Server> {
  const handler = createEndpointHandler({
    services: [bench],
    logger: ({ level }, ...words) => {
      if (level === "warn" || level === "error") console.error(...words)
    },
  })
  const server = createServer(handler)
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", resolve)
  })
  return server
}
