// Serve: an engine behind the protocol's HTTP, as the whole of a peer's process.
// Owns: the process: its one line on stdout, its port on loopback, its end on SIGTERM.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { Skipped } from "../protocol.ts"
import type { Engine, StartEngine } from "./engine.ts"
import { runAsPeer } from "./peer-process.ts"
import { route, type Routed } from "./route.ts"

/** Longer than the bench pauses between two questions, so that it finds its connections open. */
const KEEP_ALIVE_MS = 120_000

export function serve(start: StartEngine): void {
  runAsPeer(async (folder, port): Promise<Engine | Skipped> => {
    const engine = await start(folder)
    if ("skipped" in engine) return engine
    await listen(
      createServer((request, response) => void answer(engine, request, response)),
      port,
    )
    return engine
  })
}

function listen(server: Server, port: number): Promise<void> {
  server.keepAliveTimeout = KEEP_ALIVE_MS
  // A long sequence is answered late.
  server.requestTimeout = 0
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", resolve)
  })
}

async function answer(
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let text = ""
  request.setEncoding("utf8")
  for await (const chunk of request) text += String(chunk)
  send(response, await route(engine, request.method ?? "", request.url ?? "", text))
}

function send(response: ServerResponse, { status, body }: Routed): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  })
  response.end(text)
}
