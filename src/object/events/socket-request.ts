// Socket request: what the Worker asks an object when somebody wants to watch a run over a socket.
// Owns: its form, on both sides. Rights are looked at before: only the Worker reaches an object.

import type { SocketOrder } from "../../engine/ports/run-events.ts"
import { valueOf, type Answer } from "../answer.ts"

/** Nobody resolves it: an object is reached through its binding. */
const ADDRESS = "https://run.invalid/events"

/** The watcher's end of a socket, as a response that switches protocols. @throws BelayError when the object refuses */
export async function openSocket(
  object: { fetch(request: Request): Promise<Response> },
  order: SocketOrder,
): Promise<Response> {
  const response = await object.fetch(socketRequest(order))
  if (response.webSocket === null) valueOf(await response.json<Answer<null>>())
  return response
}

function socketRequest({ id, after, view, protocol }: SocketOrder): Request {
  const parameters = new URLSearchParams({ id })
  if (after !== undefined) parameters.set("after", after)
  if (view.encoded) parameters.set("encoded", "")
  if (view.privileged) parameters.set("privileged", "")
  const headers = new Headers({ upgrade: "websocket" })
  if (protocol !== undefined) headers.set("sec-websocket-protocol", protocol)
  return new Request(`${ADDRESS}?${parameters.toString()}`, { headers })
}

export function readSocketRequest(request: Request): SocketOrder {
  const { searchParams } = new URL(request.url)
  return {
    id: searchParams.get("id") ?? "",
    after: searchParams.get("after") ?? undefined,
    view: { encoded: searchParams.has("encoded"), privileged: searchParams.has("privileged") },
    protocol: request.headers.get("sec-websocket-protocol") ?? undefined,
  }
}
