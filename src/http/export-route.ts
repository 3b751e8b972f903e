// Export route: GET /v1/runs/:id/export: the run as one file of JSON lines, passed on page by page.
// Owns: what an unprivileged caller is not shown, and how the file ends. Must not touch: what is on a page.
//   P1. One page is in memory at a time; the next is asked for when the reader has taken this one.
//   P2. A whole file ends with the line `end`. One that was cut ends with the line `error`, and then the connection
//       breaks off; a file with neither was cut on its way.

import { BelayError } from "../engine/errors.ts"
import type {
  ClosingLine,
  ExportCursor,
  ExportLine,
  ExportPage,
} from "../engine/recorded/export-line.ts"
import type { JournalRecord } from "../engine/ports/journal.ts"
import type { Runs } from "../engine/ports/runs.ts"
import type { App } from "./environment.ts"
import { pathSegment } from "./path.ts"
import { RUN_ID_SEGMENT } from "./run-routes.ts"
import { withoutStacks } from "./value-view.ts"

/** Length of the lines sent in one piece, but for the last. */
const CHUNK_UNITS = 256 * 1024

export function addExportRoute(app: App): void {
  app.get("/v1/runs/:id/export", async (c) => {
    const id = pathSegment(c.req.raw, RUN_ID_SEGMENT)
    const { runs } = c.get("host")
    // Before anything is sent: an unknown run is an answer like any other.
    const first = await runs.exportPage(id)
    const isMasked = !c.get("caller").privileged
    return new Response(streamOf(runs, id, first, isMasked), {
      headers: { "content-type": "application/jsonl; charset=utf-8" },
    })
  })
}

function streamOf(
  runs: Runs,
  id: string,
  first: ExportPage,
  isMasked: boolean,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const lines = linesOf(runs, id, first)
  let failure: string | undefined
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      // Only now that the line which says it has been taken.
      if (failure !== undefined) return controller.error(new Error(failure))
      let text = ""
      while (text.length < CHUNK_UNITS && failure === undefined) {
        const { done, value: line } = await lines.next()
        if (done === true) break
        text += `${JSON.stringify(isMasked ? masked(line) : line)}\n`
        if (line.type === "error") failure = line.message
      }
      if (text === "") controller.close()
      else controller.enqueue(encoder.encode(text))
    },
  })
}

/** Every line of the file, the last one included. */
async function* linesOf(
  runs: Runs,
  id: string,
  first: ExportPage,
): AsyncGenerator<ExportLine | ClosingLine, void> {
  let records = 0
  let page: ExportPage | undefined = first
  while (page !== undefined) {
    if ("cut" in page) {
      yield { type: "error", message: page.cut }
      return
    }
    for (const line of page.lines) {
      if (line.type === "record") records++
      yield line
    }
    const { next }: { next?: ExportCursor } = page
    // Not held while the next one comes.
    page = undefined
    if (next !== undefined) page = await nextPage(runs, id, next)
  }
  yield { type: "end", records }
}

/** A page, or why there is none: the head of the answer has left already. */
async function nextPage(runs: Runs, id: string, from: ExportCursor): Promise<ExportPage> {
  try {
    return await runs.exportPage(id, from)
  } catch (error) {
    if (!(error instanceof BelayError)) throw error
    return { cut: error.message }
  }
}

function masked(line: ExportLine | ClosingLine): ExportLine | ClosingLine {
  switch (line.type) {
    case "run":
      return { ...line, masked: true }
    case "record":
      return { type: "record", record: maskedRecord(line.record) }
    case "promise":
      return maskedText({ ...line, token: undefined })
    case "wait":
    case "end":
    case "error":
      return line
    default:
      return maskedText(line)
  }
}

/** The first record of a promise holds its token. */
function maskedRecord(record: JournalRecord): JournalRecord {
  const isToken = record.kind === "promise" && record.type === "open"
  return isToken ? { ...record, text: undefined } : maskedText(record)
}

function maskedText<T extends { readonly text?: string | undefined }>(holder: T): T {
  return holder.text === undefined ? holder : { ...holder, text: withoutStacks(holder.text) }
}
