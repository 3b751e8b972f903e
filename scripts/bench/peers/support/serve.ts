// Serve: an engine behind the protocol's HTTP, as the whole of a peer's process.
// Owns: the process: its one line on stdout, its port on loopback, its end on SIGTERM.

import { mkdirSync } from "node:fs"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { isAbsolute } from "node:path"
import type { Ready, Skipped, Unsupported } from "../protocol.ts"
import type { Engine, StartEngine } from "./engine.ts"

/** Longer than the bench pauses between two questions, so that it finds its connections open. */
const KEEP_ALIVE_MS = 120_000

export function serve(start: StartEngine): void {
  main(start).catch((error: unknown) => {
    console.error(error)
    process.exit(1)
  })
}

async function main(start: StartEngine): Promise<void> {
  const folder = process.env["FOLDER"] ?? ""
  const port = Number(process.env["PORT"])
  if (!isAbsolute(folder)) throw new Error(`FOLDER: expected an absolute path, got "${folder}".`)
  if (!(port > 0)) throw new Error(`PORT: expected a port, got "${process.env["PORT"] ?? ""}".`)
  mkdirSync(folder, { recursive: true })
  const starting = start(folder)
  process.once("SIGTERM", () => {
    endAfter(starting).then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  const engine = await starting
  if ("skipped" in engine) {
    say(engine)
    return
  }
  await listen(
    createServer((request, response) => void answer(engine, request, response)),
    port,
  )
  const { name, isDurable, setup } = engine
  say({ ready: true, name, isDurable, setup })
}

async function endAfter(starting: Promise<Engine | Skipped>): Promise<void> {
  const engine = await starting
  if (!("skipped" in engine)) await engine.close()
}

function say(line: Ready | Skipped): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
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
  try {
    const body = await read(request)
    const question = `${request.method ?? ""} ${request.url ?? ""}`
    const [status, result] = await ask(engine, question, body)
    send(response, status, result)
  } catch (error) {
    console.error(error)
    send(response, 500, { reason: error instanceof Error ? error.message : String(error) })
  }
}

type Body = Readonly<Record<string, unknown>>

function ask(engine: Engine, question: string, body: Body): Promise<[number, unknown]> {
  switch (question) {
    case "POST /four-steps":
      return resultOf(engine.fourSteps)
    case "POST /sequence":
      return resultOf(engine.sequence, count(body, "steps"), body["isAsync"] === true)
    case "POST /interrupted":
      return resultOf(engine.interrupted, count(body, "steps"))
    case "POST /sleepers":
      return resultOf(engine.sleepers, count(body, "count"), count(body, "sleepMs"))
    case "POST /fan-out":
      return resultOf(engine.fanOut, count(body, "width"), count(body, "stepMs"))
    case "POST /signal":
      return resultOf(engine.signal)
    default:
      return Promise.resolve([404, { reason: `No question "${question}".` } satisfies Unsupported])
  }
}

async function resultOf<Arguments extends readonly unknown[]>(
  answer: ((...given: Arguments) => Promise<unknown>) | string,
  ...given: Arguments
): Promise<[number, unknown]> {
  if (typeof answer === "string") return [501, { reason: answer } satisfies Unsupported]
  return [200, await answer(...given)]
}

async function read(request: IncomingMessage): Promise<Body> {
  let text = ""
  for await (const chunk of request) text += String(chunk)
  return text === "" ? {} : (Object(JSON.parse(text)) as Body)
}

function count(body: Body, name: string): number {
  const value = body[name]
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value
  throw new Error(`${name}: expected a whole number, got ${JSON.stringify(value)}.`)
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  })
  response.end(text)
}
