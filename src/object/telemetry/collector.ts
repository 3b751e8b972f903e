// Collector: brings spans to where they are gathered, and reads from the answer whether they have arrived.
// Owns: the POST, and which answers are worth another try. Must not touch: when it is tried again (the outbox).
//   C1. What a collector refuses for good is not sent again, as OTLP wants it: the log says so, and the run goes on.
//   C2. No more of an answer is read than is needed to say what was wrong.

import { logLine } from "../run-log.ts"
import { otlpBody } from "./otlp.ts"
import type { SpanBatch } from "./span.ts"
import type { TraceSettings } from "./trace-settings.ts"

/** How long a collector may take to answer. */
const COLLECTOR_MS_MAX = 10_000

/** Too many requests, and what a proxy or a server says that is down for a while. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 429, 502, 503, 504])

/** Of an answer that says that a part was refused. */
const ANSWER_CHARACTERS_MAX = 10_000

export class Collector {
  readonly #settings: TraceSettings

  constructor(settings: TraceSettings) {
    this.#settings = settings
  }

  /** @throws Error when it is worth another try */
  async take(batch: SpanBatch): Promise<void> {
    const { url, headers, serviceName } = this.#settings
    const response = await fetch(url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: otlpBody(batch, serviceName),
      redirect: "manual",
      signal: AbortSignal.timeout(COLLECTOR_MS_MAX),
    })
    const { status } = response
    const where = new URL(url).origin
    if (PASSING_STATUSES.has(status)) {
      await response.body?.cancel()
      throw new Error(`The collector of spans at ${where} answered ${status}.`)
    }
    const run = batch.common["belay.run.id"]
    const answer = (await readStart(response)).trim()
    if (!response.ok) {
      const what = `The collector of spans at ${where} answered ${status} and is not asked again; these spans are lost.`
      logLine("error", what, { run, spans: batch.spans.length })
      return
    }
    const refused = refusedSpans(answer)
    if (refused > 0) {
      logLine("warn", `The collector of spans at ${where} has refused a part.`, { run, refused })
    }
  }
}

async function readStart(response: Response): Promise<string> {
  if (response.body === null) return ""
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ""
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text
    text += value
    if (text.length < ANSWER_CHARACTERS_MAX) continue
    await reader.cancel()
    return text.slice(0, ANSWER_CHARACTERS_MAX)
  }
}

/** `partialSuccess.rejectedSpans` of the answer; 0 where it says nothing of the kind. */
function refusedSpans(answer: string): number {
  if (answer === "") return 0
  try {
    const { partialSuccess } = JSON.parse(answer) as {
      readonly partialSuccess?: { readonly rejectedSpans?: unknown } | null
    }
    return Number(partialSuccess?.rejectedSpans ?? 0)
  } catch {
    // A collector may answer 200 with anything; the spans have arrived.
    return 0
  }
}
