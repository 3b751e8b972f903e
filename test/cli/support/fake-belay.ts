// Fake Belay: an HTTP server with answers a test has written down, and the list of what was asked.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { onTestFinished } from "vitest"

interface Asked {
  readonly line: string
  readonly authorization: string | undefined
  readonly body: unknown
}

export type Route = (asked: Asked) => { readonly status?: number; readonly body: unknown }

export interface FakeBelay {
  readonly url: string
  readonly asked: readonly Asked[]
}

/** @param routes by method and path without the query, "GET /v1/runs" */
export async function fakeBelay(routes: Readonly<Record<string, Route>>): Promise<FakeBelay> {
  const asked: Asked[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await textOf(request)
    const { authorization } = request.headers
    const line = `${request.method ?? ""} ${request.url ?? ""}`
    const body = text === "" ? undefined : (JSON.parse(text) as unknown)
    asked.push({ line, authorization, body })
    const route = routes[line.replace(/\?.*/, "")]
    const { status = 200, body: answered } = route?.({ line, authorization, body }) ?? {
      status: 404,
      body: { error: { code: "route_unknown", message: `There is no ${line}.` } },
    }
    response.writeHead(status, { "content-type": "application/json" })
    response.end(JSON.stringify(answered))
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString("utf8")
}

export function card(id: string, fields: Readonly<Record<string, unknown>> = {}) {
  return {
    id,
    workflow: "buy",
    version: 2,
    status: "completed",
    createdAt: "2026-01-01T08:00:00.000Z",
    startedAt: "2026-01-01T08:00:01.000Z",
    endedAt: "2026-01-01T08:00:13.400Z",
    changedAt: "2026-01-01T08:00:13.400Z",
    tags: {},
    ...fields,
  }
}
