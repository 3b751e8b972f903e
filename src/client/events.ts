// Events: a run watched to its end, over every break of the connection.
// Owns: when to connect again, and from where. Must not touch: the text of the stream (event-text.ts), the wait over a run
// that sleeps (rest.ts).
//   E1. No event twice and none left out: each connection begins behind the last id.
//   E2. It gives up only on an answer that will not change, or after many breaks with nothing new between them.
//   E3. Between two connections there is a pause, a longer one each time that nothing new came.

import { Connection } from "./connection.ts"
import { BelayClientError } from "./error.ts"
import { backoffMs, pause } from "./pause.ts"
import { rest } from "./rest.ts"
import type { RunEvent } from "./run-event.ts"
import type { Transport } from "./transport.ts"

export interface WatchOptions {
  /** Go on behind this event; from the beginning without it. */
  readonly lastEventId?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Over a run at rest the server says to wait so long, or longer. */
const AT_REST_MS = 5_000

/** Breaks in a row with no event between them. */
const BREAKS_MAX = 10

export async function* events<Result>(
  transport: Transport,
  id: string,
  { lastEventId, signal }: WatchOptions,
): AsyncGenerator<RunEvent<Result>, void> {
  let last = lastEventId
  let breaks = 0
  // Connections in a row that brought nothing new, broken or not.
  let idle = 0
  for (;;) {
    const connection = new Connection(transport, signal)
    idle++
    let isBroken = false
    try {
      for await (const event of connection.read<Result>(id, last)) {
        if (event.id === last) continue
        last = event.id
        breaks = 0
        idle = 0
        yield event
        if (event.event === "end") return
      }
      if (connection.isAtEnd) return
      breaks = 0
    } catch (error) {
      signal?.throwIfAborted()
      if (!isPassing(error) || ++breaks >= BREAKS_MAX) throw error
      isBroken = true
    } finally {
      connection.close()
    }
    const saidMs = connection.retryMs ?? 0
    const isAtRest = !isBroken && saidMs >= AT_REST_MS
    // A bell may ring with nothing behind it.
    if (isAtRest) await rest(transport, id, last, saidMs, signal)
    if (!isAtRest || idle > 1)
      await pause(Math.max(isAtRest ? 0 : saidMs, backoffMs(Math.max(1, idle))), signal)
  }
}

/** Whether another try may find it otherwise. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof BelayClientError)) return true
  return error.code === "network" || error.status === 429 || error.status >= 500
}
