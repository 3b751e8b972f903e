// Export: a run as one file of JSON lines, passed on as it comes.
// Owns: knowing a whole file from one that was cut.
//   L1. One line is in memory at a time, and what came with it.
//   L2. A file that is not whole ends in an error, after the lines that came; so does one that stops coming.

import { BelayClientError } from "./error.ts"
import { Limit } from "./limit.ts"
import type { Transport } from "./transport.ts"

/** No page of a run takes so long. */
const SILENCE_MS = 30_000

/** The lines without their ends. @throws BelayClientError `bad_answer` when the file is cut */
export async function* exportedLines(
  transport: Transport,
  id: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void> {
  const response = await transport.open({
    path: ["v1", "runs", id, "export"],
    isRepeatable: true,
    signal,
  })
  let last: string | undefined
  try {
    for await (const line of linesOf(response, signal)) {
      last = line
      if (closingOf(line)?.type === "error") break
      yield line
    }
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof BelayClientError) {
      throw cut(id, `nothing came for ${SILENCE_MS / 1_000} s`, cause)
    }
    throw cut(id, "the connection broke", cause)
  }
  const closing = last === undefined ? undefined : closingOf(last)
  if (closing?.type === "end") return
  throw cut(id, closing?.message ?? "its last line is missing")
}

async function* linesOf(
  { body }: Response,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void> {
  if (body === null) return
  const decoder = new TextDecoder()
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  let rest: string[] = []
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), signal)
      if (done) break
      const [first = "", ...others] = decoder.decode(value, { stream: true }).split("\n")
      rest.push(first)
      for (const line of others) {
        yield rest.join("")
        rest = [line]
      }
    }
    // A line without its end is a cut one.
  } finally {
    await reader.cancel()
  }
}

/** @throws BelayClientError when it takes too long */
async function inTime<T>(reading: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const limit = new Limit(SILENCE_MS, signal)
  const silence = new Promise<never>((_, reject) => {
    limit.signal.addEventListener("abort", () => reject(limit.signal.reason as Error))
  })
  try {
    return await Promise.race([reading, silence])
  } finally {
    limit.clear()
  }
}

/** The line that says how the file ended; `undefined` for any other. */
function closingOf(line: string): { readonly type: string; readonly message?: string } | undefined {
  if (!/^\{"type":"(?:end|error)"/.test(line)) return undefined
  return JSON.parse(line) as { type: string; message?: string }
}

function cut(id: string, why: string, cause?: unknown): BelayClientError {
  return new BelayClientError({
    code: "bad_answer",
    message: `The export of run "${id}" is not whole: ${why}. Ask for it again.`,
    status: 200,
    cause,
  })
}
