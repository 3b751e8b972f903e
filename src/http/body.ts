// Body: the bytes a caller sends, as JSON.
// Owns: the count of bytes, the text's encoding, the nesting. Must not touch: what the value means.
//   B1. Size first, then text, then JSON: nothing is parsed that is too large.
//   B2. A declared length is only a first look; the bytes are counted as they come.
//   B3. What is refused is read to its end all the same (within reason): a client that is still sending when the
//       connection closes sees a broken pipe and never the answer (measured with workerd).
//   B4. A body that stops coming does not hold its request: what is not sent any more is not waited for.

import { BelayError } from "../engine/errors.ts"
import { BODY_BYTES_MAX } from "../engine/limits.ts"

/** Nesting of one body. Deeper JSON is an attack on whatever recurses over it, not data. */
const DEPTH_MAX = 500

/** Bytes of a refused body that are read and thrown away; beyond that the connection may break. */
const DISCARD_BYTES_MAX = 32 * 1024 * 1024

/** How long nothing may come in the middle of a body, in ms: of one that is wanted, and of one that is thrown away. */
interface Patience {
  readonly readMs: number
  readonly discardMs: number
}

const PATIENCE: Patience = { readMs: 10_000, discardMs: 2_000 }

/** How long the rest of a body is thrown away at most; then the answer goes out all the same, in ms. */
const DISCARD_MS_MAX = 30_000

/**
 * The JSON body, `undefined` when there is none.
 * @throws BelayError body_too_large beyond `bytesMax`, invalid_request for what is not JSON
 */
export async function readJsonBody(
  request: Request,
  bytesMax: number = BODY_BYTES_MAX,
  patience: Patience = PATIENCE,
): Promise<unknown> {
  const body = bodyOf(request)
  if (body === null) return undefined
  if (declaredBytes(request) > bytesMax) {
    await discardBody(request, patience)
    throw tooLarge(bytesMax)
  }
  const text = decodeText(await readBytes(body, declaredBytes(request), bytesMax, patience))
  return text === "" ? undefined : parseJson(text)
}

/** Reads a body nobody asked for, so that the client is done sending when the answer comes. */
export async function discardBody(request: Request, patience = PATIENCE): Promise<void> {
  const body = bodyOf(request)
  if (body === null || request.bodyUsed) return
  if (declaredBytes(request) > DISCARD_BYTES_MAX) return
  await discard(body.getReader(), patience)
}

/** A request's body is made of bytes; the platform's types leave that open. */
function bodyOf(request: Request): ReadableStream<Uint8Array> | null {
  return request.body as ReadableStream<Uint8Array> | null
}

/** What `content-length` says; 0 where it says nothing, for the count decides anyway. */
function declaredBytes(request: Request): number {
  const declared = Number(request.headers.get("content-length") ?? 0)
  return Number.isFinite(declared) ? declared : 0
}

/** @param declared where so many have come, that was all: the end itself is not waited for; 0 when it is not known. */
async function readBytes(
  body: ReadableStream<Uint8Array>,
  declared: number,
  bytesMax: number,
  patience: Patience,
): Promise<readonly Uint8Array[]> {
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let bytes = 0
  for (;;) {
    const chunk = await inTime(readChunk(reader), patience.readMs)
    if (chunk === "late") {
      abandon(reader)
      throw silent(patience.readMs)
    }
    if (chunk.done) return chunks
    bytes += chunk.value.byteLength
    if (bytes > bytesMax) {
      await discard(reader, patience)
      throw tooLarge(bytesMax)
    }
    chunks.push(chunk.value)
    if (declared > 0 && bytes === declared) return chunks
  }
}

async function discard(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { discardMs }: Patience,
): Promise<void> {
  const untilMs = Date.now() + DISCARD_MS_MAX
  let bytes = 0
  while (bytes <= DISCARD_BYTES_MAX && Date.now() < untilMs) {
    const chunk = await inTime(readChunk(reader), discardMs)
    if (chunk === "late") break
    if (chunk.done) return
    bytes += chunk.value.byteLength
  }
  abandon(reader)
}

/** What the work gives, or "late" when that takes longer. */
async function inTime<T>(work: Promise<T>, ms: number): Promise<T | "late"> {
  const { promise, resolve, reject } = Promise.withResolvers<T | "late">()
  const timer = setTimeout(() => resolve("late"), ms)
  work.then(resolve, reject)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}

/** Whoever sends on meets a closed connection; the end of that is not waited for. */
function abandon(reader: ReadableStreamDefaultReader<Uint8Array>): void {
  reader.cancel().catch(() => undefined)
}

async function readChunk(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read()
  } catch {
    throw new BelayError(
      "invalid_request",
      "The body broke off before its end; send the request again.",
    )
  }
}

function decodeText(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false })
  try {
    let text = ""
    for (const chunk of chunks) text += decoder.decode(chunk, { stream: true })
    return text + decoder.decode()
  } catch {
    throw new BelayError("invalid_request", "The body is not UTF-8; send JSON encoded in UTF-8.")
  }
}

function parseJson(text: string): unknown {
  if (text.length > DEPTH_MAX && depthOf(text) > DEPTH_MAX) {
    throw new BelayError(
      "invalid_request",
      `The body is nested more than ${DEPTH_MAX} levels deep; send flatter JSON.`,
    )
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BelayError(
      "invalid_request",
      `The body is not JSON (${error instanceof Error ? error.message : "no reason given"}); send a JSON value or no body.`,
    )
  }
}

/** The deepest nesting of brackets outside strings. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (inString) {
      if (unit === 0x5c) index++
      else if (unit === 0x22) inString = false
    } else if (unit === 0x22) {
      inString = true
    } else if (unit === 0x5b || unit === 0x7b) {
      if (++depth > deepest) deepest = depth
    } else if (unit === 0x5d || unit === 0x7d) {
      depth--
    }
  }
  return deepest
}

function silent(ms: number): BelayError {
  return new BelayError(
    "invalid_request",
    `Nothing of the body came for ${ms} ms; send the request again, all of it.`,
  )
}

function tooLarge(bytesMax: number): BelayError {
  return new BelayError(
    "body_too_large",
    `The body has more than ${bytesMax} bytes; keep large data in a store and send a reference to it.`,
    { bytesMax },
  )
}
