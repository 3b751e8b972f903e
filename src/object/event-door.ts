// Event door: what those who watch a run are told, by question and by socket.
// Owns: the wait for the next event, and the hibernating sockets with their cursors.
// Must not touch: what an event is (event-batch.ts), how it is shown (the text is made by whoever made the class).
//   G1. A socket's cursor stands in its attachment, which outlives the object's memory: sleep costs nothing, loses nothing.
//   G2. A watcher that breaks costs itself, never the run.

import { BelayError } from "../engine/errors.ts"
import { EVENTS_WAIT_MS, SOCKETS_MAX } from "../engine/limits.ts"
import type { EventBatch, RunEvent, SocketOrder } from "../engine/run-events.ts"
import { isFinal } from "../engine/runs.ts"
import { answering } from "./answer.ts"
import { eventBatch } from "./event-batch.ts"
import type { RunHome } from "./run-home.ts"
import { logFailure } from "./run-log.ts"
import { sent, type SentRecord } from "./run-record.ts"
import { readSocketRequest } from "./socket-request.ts"

/** How an event becomes a socket's message. `run` is there for the end; without its input when that is too long. */
export type EventText = (
  event: RunEvent,
  run: SentRecord | undefined,
  view: SocketOrder["view"],
) => string

/** Between two batches of a long past: the socket is drained meanwhile, and the run gets its turns. */
const NEXT_BATCH_MS = 20

const NORMAL_END = 1000
const POLICY_VIOLATION = 1008
const BROKEN = 1011

export class EventDoor {
  readonly #home: RunHome
  readonly #ctx: DurableObjectState
  readonly #text: EventText
  #sockets: number
  #isTellingDue = false

  constructor(home: RunHome, ctx: DurableObjectState, text: EventText) {
    this.#home = home
    this.#ctx = ctx
    this.#text = text
    this.#sockets = ctx.getWebSockets().length
    home.waiters.watch(() => this.#tellSoon())
  }

  async events(id: string, after: string | undefined, waitMs: number): Promise<EventBatch> {
    this.#home.look(id)
    const read = () => eventBatch(this.#home.row(id), this.#home.tables.journal, after)
    const found = await this.#home.waiters.until(Math.min(waitMs, EVENTS_WAIT_MS), () => {
      const batch = read()
      return batch.events.length > 0 || isFinal(batch.status) ? batch : undefined
    })
    return found ?? read()
  }

  /** Takes a socket; a refusal is an answer as any method gives one. */
  async accept(request: Request): Promise<Response> {
    const answer = await answering(() => this.#accept(request))
    if (!answer.ok) return Response.json(answer, { status: 409 })
    const { "0": client, "1": server } = new WebSocketPair()
    const { protocol, ...order } = readSocketRequest(request)
    // Answered by the platform, with nobody woken: some watchers have to send something to keep their way open.
    this.#ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"))
    this.#ctx.acceptWebSocket(server)
    server.serializeAttachment(order)
    this.#sockets++
    this.#tell(server)
    const headers = protocol === undefined ? {} : { "sec-websocket-protocol": protocol }
    return new Response(null, { status: 101, webSocket: client, headers })
  }

  /** A socket is told, and has nothing to say: what it sends would wake a sleeping run for nothing. */
  received(socket: WebSocket): void {
    socket.close(POLICY_VIOLATION, "This socket only tells; send nothing over it.")
  }

  closed(): void {
    this.#sockets = this.#ctx.getWebSockets().length
  }

  #accept(request: Request): null {
    const { id, after } = readSocketRequest(request)
    this.#home.look(id)
    eventBatch(this.#home.row(id), this.#home.tables.journal, after)
    if (this.#ctx.getWebSockets().length >= SOCKETS_MAX) {
      throw new BelayError(
        "limit_reached",
        `Run "${id}" is watched over ${SOCKETS_MAX} sockets already; close one, or read its events without a socket.`,
      )
    }
    return null
  }

  /** After the stretch: what a watcher's socket throws must not reach the run. */
  #tellSoon(): void {
    if (this.#sockets === 0 || this.#isTellingDue) return
    this.#isTellingDue = true
    queueMicrotask(() => {
      this.#isTellingDue = false
      for (const socket of this.#ctx.getWebSockets()) this.#tell(socket)
    })
  }

  #tell(socket: WebSocket): void {
    try {
      this.#send(socket)
    } catch (error) {
      logFailure("A watcher could not be told; its socket is closed.", error, {
        run: this.#home.driver.row?.id,
      })
      close(socket, BROKEN, "Something went wrong on this side; connect again with the last id.")
    }
  }

  #send(socket: WebSocket): void {
    if (socket.readyState !== WebSocket.READY_STATE_OPEN) return
    const order = socket.deserializeAttachment() as Omit<SocketOrder, "protocol">
    const { row } = this.#home.driver
    if (row === undefined) return close(socket, NORMAL_END, "The run is gone.")
    const { events, hasMore, status } = eventBatch(row, this.#home.tables.journal, order.after)
    for (const event of events) {
      const run = event.type === "end" ? sent(this.#home.record(row.id)) : undefined
      socket.send(this.#text(event, run, order.view))
    }
    const last = events.at(-1)
    if (last !== undefined) socket.serializeAttachment({ ...order, after: last.id })
    if (hasMore) setTimeout(() => this.#tell(socket), NEXT_BATCH_MS)
    else if (isFinal(status)) close(socket, NORMAL_END, "The run has ended.")
  }
}

function close(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, reason)
  } catch (error) {
    // It is closed already, from the other side.
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error
  }
}
