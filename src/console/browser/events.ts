// Events: what happens to one run, as it happens.
// Owns: the stream of events as text, read by hand because the browser's own reader cannot send a token; reconnecting.
// Must not touch: what is made of an event.
//   V1. After a break it goes on behind the last id it has: nothing is lost, nothing told twice.
//   V2. It ends with the run, or with the signal.

import { pathTo, withQuery, type Api } from "./api.ts"
import { pause } from "./pause.ts"

/** `entry`, `status`, `reset`, `end`, … and the data as the server sent it, to be checked by whoever uses it. */
export interface RunEvent {
  readonly event: string
  readonly id: string | undefined
  readonly data: unknown
  /** Length of the data as text. */
  readonly units: number
}

export interface EventReader {
  readonly signal: AbortSignal
  /** The id of the event to begin behind; from the first one without it. */
  readonly after?: string | undefined
  readonly onEvent: (event: RunEvent) => void
  /** Told with the reason when the stream breaks, and with `undefined` when it goes on. */
  readonly onBreak: (reason: Error | undefined) => void
}

/** Between two connections, unless the server says otherwise; doubled after each failure. */
const RECONNECT_MS = 1_000
const RECONNECT_MS_MAX = 5_000

/** Resolves when the run has ended or the signal is aborted. */
export async function followEvents(api: Api, runId: string, reader: EventReader): Promise<void> {
  const state = { lastId: reader.after, retryMs: RECONNECT_MS, failures: 0 }
  const { signal, onBreak } = reader
  while (!signal.aborted) {
    try {
      const path = withQuery(pathTo("v1", "runs", runId, "events"), { lastEventId: state.lastId })
      const response = await api.request(path, { signal })
      if (state.failures > 0) onBreak(undefined)
      state.failures = 0
      for await (const { fields, retryMs } of blocksOf(response)) {
        state.retryMs = retryMs ?? state.retryMs
        state.lastId = fields.get("id") ?? state.lastId
        const event = fields.get("event")
        if (event === undefined) continue
        const text = fields.get("data") ?? "null"
        const data: unknown = JSON.parse(text)
        reader.onEvent({ event, id: state.lastId, data, units: text.length })
        if (event === "end" || signal.aborted) return
      }
    } catch (error) {
      if (signal.aborted) return
      state.failures++
      onBreak(error instanceof Error ? error : new Error(String(error)))
    }
    await pause(Math.min(state.retryMs * 2 ** state.failures, RECONNECT_MS_MAX), signal)
  }
}

interface Block {
  readonly fields: ReadonlyMap<string, string>
  readonly retryMs: number | undefined
}

/** The stream's blocks: lines up to an empty one. */
async function* blocksOf(response: Response): AsyncGenerator<Block> {
  if (response.body === null) return
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  // A block of many megabytes comes in many pieces: it is put together once, when its end is there.
  let pieces: string[] = []
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const isEnd =
      value.includes("\n\n") || (value.startsWith("\n") && pieces.at(-1)?.endsWith("\n"))
    pieces.push(value)
    if (isEnd !== true) continue
    const blocks = pieces.join("").split("\n\n")
    const rest = blocks.pop() ?? ""
    pieces = rest === "" ? [] : [rest]
    for (const block of blocks) yield blockOf(block)
  }
}

function blockOf(text: string): Block {
  const fields = new Map<string, string>()
  for (const line of text.split("\n")) {
    const at = line.indexOf(":")
    // A line that begins with a colon is a comment: it only keeps the way open.
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1).trimStart())
  }
  const retry = fields.get("retry")
  return { fields, retryMs: retry === undefined ? undefined : Number(retry) }
}
