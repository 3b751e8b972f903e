// Sockets: watchers over sockets, with what they were told and how they were closed.

import { onTestFinished } from "vitest"
import { openSocket } from "../../../src/object/events/socket-request.ts"
import { stubOf, until } from "./runs.ts"

export interface Message {
  readonly event: string
  readonly id: string
  readonly data: Record<string, unknown>
}

export interface Watcher {
  readonly messages: Message[]
  readonly closed: { code?: number; reason?: string }
  readonly socket: WebSocket
}

/** @param readsEvery after so many messages it says what it has read; never unless given */
export async function watchOver(id: string, after?: string, readsEvery?: number): Promise<Watcher> {
  const view = { encoded: false, privileged: false }
  const response = await openSocket(stubOf(id), { id, after, view, protocol: undefined })
  const { webSocket: socket } = response
  if (socket === null) throw new Error("There is no socket.")
  const watcher: Watcher = { messages: [], closed: {}, socket }
  socket.addEventListener("message", ({ data }) => {
    if (data === "pong") return
    const count = watcher.messages.push(JSON.parse(data as string) as Message)
    if (readsEvery !== undefined && count % readsEvery === 0) socket.send(`read ${count}`)
  })
  socket.addEventListener("close", ({ code, reason }) => {
    Object.assign(watcher.closed, { code, reason })
  })
  socket.accept()
  onTestFinished(() => socket.close())
  return watcher
}

export async function heard({ messages }: Watcher, wanted: string): Promise<string[]> {
  return until(
    () => messages.map(told),
    (lines) => lines.includes(wanted),
  )
}

export function told({ event, data }: Message): string {
  if (event === "entry") return `${String(data["path"])} ${String(data["state"])}`
  return event === "status" ? `status ${String(data["status"])}` : event
}
