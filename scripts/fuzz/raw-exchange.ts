// Raw exchange: bytes to a port, and what comes back, with nothing in between that would put either right.
// Owns: one connection for one exchange, its time, and reading HTTP/1.1 as far as it has to.

import { connect } from "node:net"

export interface RawAnswer {
  readonly status: number
  /** By lower-case name; of a name that came twice, both, joined. */
  readonly headers: ReadonlyMap<string, string>
  /** The body, put together again when it came in chunks. */
  readonly body: Buffer
  /** Everything that came. */
  readonly bytes: Buffer
}

export type Exchanged =
  | { readonly kind: "answer"; readonly answer: RawAnswer }
  /** The connection ended without a whole answer. */
  | { readonly kind: "closed"; readonly bytes: Buffer }
  | { readonly kind: "silent"; readonly bytes: Buffer }

export interface ExchangeOptions {
  /** No answer until then is silence, in ms. */
  readonly timeoutMs: number
  /** HEAD is answered without a body. */
  readonly isHead?: boolean
  /** Pauses before each piece but the first, in ms. */
  readonly paceMs?: number
  /** The connection is cut after the last piece, without a look at the answer. */
  readonly isCut?: boolean
}

/** An answer that never ends by itself is read no longer than this, in ms. */
const STREAM_MS = 60

/** Sends the pieces, reads one answer, and ends the connection. Never rejects. */
export function exchange(
  port: number,
  pieces: readonly (string | Uint8Array)[],
  options: ExchangeOptions,
): Promise<Exchanged> {
  const { timeoutMs, isHead = false, paceMs = 0, isCut = false } = options
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(port, "127.0.0.1")
    let streamTimer: NodeJS.Timeout | undefined
    const end = (kind: "closed" | "silent") => {
      clearTimeout(timer)
      clearTimeout(streamTimer)
      socket.destroy()
      const bytes = Buffer.concat(chunks)
      const answer = readAnswer(bytes, isHead, true)
      resolve(answer === undefined ? { kind, bytes } : { kind: "answer", answer })
    }
    const timer = setTimeout(() => end("silent"), timeoutMs)
    socket.on("data", (chunk) => {
      chunks.push(chunk)
      const answer = readAnswer(Buffer.concat(chunks), isHead, false)
      if (answer === undefined) return
      if (answer !== "stream") return end("closed")
      streamTimer ??= setTimeout(() => end("closed"), STREAM_MS)
    })
    socket.on("end", () => end("closed"))
    socket.on("close", () => end("closed"))
    socket.on("error", () => end("closed"))
    void sendAll()

    async function sendAll(): Promise<void> {
      for (const [index, piece] of pieces.entries()) {
        if (index > 0 && paceMs > 0) await new Promise((done) => setTimeout(done, paceMs))
        if (socket.destroyed) return
        socket.write(piece)
      }
      if (isCut) setTimeout(() => end("closed"), 1)
    }
  })
}

/**
 * The answer that these bytes are; `undefined` when it is not whole, "stream" when it has no end of its own.
 * @param isOver nothing more comes: what is there of a body without an end is the body.
 */
function readAnswer(bytes: Buffer, isHead: boolean, isOver: true): RawAnswer | undefined
function readAnswer(bytes: Buffer, isHead: boolean, isOver: false): RawAnswer | "stream" | undefined
function readAnswer(
  bytes: Buffer,
  isHead: boolean,
  isOver: boolean,
): RawAnswer | "stream" | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n")
  if (headEnd === -1) return undefined
  const lines = bytes.subarray(0, headEnd).toString("latin1").split("\r\n")
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(lines[0] ?? "")?.[1])
  if (Number.isNaN(status)) return undefined
  if (status === 100) return readAnswer(bytes.subarray(headEnd + 4), isHead, isOver as false)
  const headers = headersOf(lines.slice(1))
  const rest = bytes.subarray(headEnd + 4)
  const whole = (body: Buffer): RawAnswer => ({ status, headers, body, bytes })
  if (isHead || status === 101 || status === 204 || status === 304) return whole(Buffer.alloc(0))
  const length = headers.get("content-length")
  if (length !== undefined) {
    return rest.length >= Number(length) ? whole(rest.subarray(0, Number(length))) : undefined
  }
  if (/chunked/i.test(headers.get("transfer-encoding") ?? "")) {
    const { body, isWhole } = readChunks(rest)
    if (isWhole || (isOver && isStream(headers))) return whole(body)
    return isStream(headers) ? "stream" : undefined
  }
  return isOver ? whole(rest) : isStream(headers) ? "stream" : undefined
}

function isStream(headers: ReadonlyMap<string, string>): boolean {
  return (headers.get("content-type") ?? "").startsWith("text/event-stream")
}

function headersOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(":")
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    const known = headers.get(name)
    headers.set(name, known === undefined ? value : `${known}, ${value}`)
  }
  return headers
}

function readChunks(bytes: Buffer): { body: Buffer; isWhole: boolean } {
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at)
    if (lineEnd === -1) break
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16)
    if (size === 0) return { body: Buffer.concat(parts), isWhole: true }
    const start = lineEnd + 2
    if (Number.isNaN(size) || bytes.length < start + size + 2) break
    parts.push(bytes.subarray(start, start + size))
    at = start + size + 2
  }
  return { body: Buffer.concat(parts), isWhole: false }
}
