// Rest: the wait of a watcher over a run that sleeps. A stream that is asked for again and again would keep the run's object
// awake; a socket lets it leave memory, and is a bell here: the first word over it says that there is something to read.
// Owns: how long the bell is believed in. Must not touch: what is told (events.ts reads it from the stream).
//   B1. Nothing is read from it, so nothing can be lost by it: the stream goes on behind the last id.
//   B2. Without sockets, or where none can be opened, it is a pause.

import { pause } from "./pause.ts"
import type { Socket, Transport } from "./transport.ts"

/** The platform answers it without waking the run; what stands in between keeps the way open for it. */
const PING_MS = 25_000

/** @param pauseMs as the server says */
export async function rest(
  transport: Transport,
  id: string,
  lastEventId: string | undefined,
  pauseMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const query: Record<string, string> = lastEventId === undefined ? {} : { lastEventId }
  const socket = transport.socket(["v1", "runs", id, "events"], query)
  const hasRung = socket !== undefined && (await rings(socket, signal))
  if (!hasRung) await pause(pauseMs, signal)
}

/** Whether it told something before it was closed. @throws the signal's reason as soon as it is aborted */
function rings(socket: Socket, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve, reject) => {
    // Until it has opened, and while a ping is without its answer.
    let isSilent = true
    const leave = () => {
      clearInterval(timer)
      signal?.removeEventListener("abort", abort)
      socket.close()
    }
    const abort = () => {
      leave()
      reject(signal?.reason as Error)
    }
    const end = (hasRung: boolean) => {
      leave()
      resolve(hasRung)
    }
    const timer = setInterval(() => {
      if (isSilent) return end(false)
      isSilent = true
      socket.send("ping")
    }, PING_MS)
    socket.addEventListener("open", () => (isSilent = false))
    socket.addEventListener("message", (event) => {
      isSilent = false
      if ((event as Event & { readonly data?: unknown }).data !== "pong") end(true)
    })
    socket.addEventListener("close", () => end(false))
    socket.addEventListener("error", () => end(false))
    if (signal?.aborted === true) abort()
    else signal?.addEventListener("abort", abort, { once: true })
  })
}
