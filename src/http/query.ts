// Query: what a caller says beside the body: query parameters and the idempotency key.
// Owns: their names, formats and limits.
//   Q1. A parameter given twice is refused, unless several may be meant: which one was cannot be known.
//   Q2. Unknown parameters are ignored, but where they would be filters (list-query.ts); known ones are checked to the letter.

import { BelayError } from "../engine/errors.ts"
import {
  IDEMPOTENCY_KEY_BYTES_MAX,
  JOURNAL_PAGE_DEFAULT,
  JOURNAL_PAGE_MAX,
  SCHEDULES_PAGE_DEFAULT,
  SCHEDULES_PAGE_MAX,
  WAIT_MS_MAX,
} from "../engine/limits.ts"

/** Printable ASCII, as the header of that name carries it. */
const IDEMPOTENCY_KEY = new RegExp(`^[\\x20-\\x7e]{1,${IDEMPOTENCY_KEY_BYTES_MAX}}$`)

/** `?wait=` in ms: `undefined` when absent, cut at 30,000. @throws BelayError invalid_request */
export function readWaitMs(request: Request): number | undefined {
  const text = parameter(request, "wait")
  if (text === undefined) return undefined
  return Math.min(wholeNumber("wait", text, "milliseconds"), WAIT_MS_MAX)
}

/** `?values=encoded` asks for the codec's text instead of plain JSON. @throws BelayError invalid_request */
export function readsEncoded(request: Request): boolean {
  const text = parameter(request, "values")
  if (text === undefined) return false
  if (text === "encoded") return true
  throw new BelayError(
    "invalid_request",
    `values is "${shown(text)}"; give "encoded" or leave it out for plain JSON.`,
  )
}

/** `?after=&limit=` of a journal. @throws BelayError invalid_request */
export function readPage(request: Request): { after: string | undefined; limit: number } {
  const after = parameter(request, "after")
  const limit = readLimit(request, "entries", JOURNAL_PAGE_DEFAULT, JOURNAL_PAGE_MAX)
  return { after: after === "" ? undefined : after, limit }
}

/** `?cursor=&limit=` of a list of schedules. @throws BelayError invalid_request */
export function readCursorPage(request: Request): { cursor: string | undefined; limit: number } {
  const cursor = parameter(request, "cursor")
  const limit = readLimit(request, "schedules", SCHEDULES_PAGE_DEFAULT, SCHEDULES_PAGE_MAX)
  return { cursor: cursor === "" ? undefined : cursor, limit }
}

/** `?limit=`, at least 1. @throws BelayError invalid_request */
export function readLimit(
  request: Request,
  what: string,
  limitDefault: number,
  limitMax: number,
): number {
  const text = parameter(request, "limit")
  const limit = text === undefined ? limitDefault : wholeNumber("limit", text, what)
  if (limit === 0) {
    throw new BelayError("invalid_request", `limit is 0; ask for at least one of the ${what}.`)
  }
  return Math.min(limit, limitMax)
}

/**
 * The id of the last event a watcher had: the header `Last-Event-ID`, or `?lastEventId=`. The header goes first: who
 * connects again sends a newer one with the same address.
 * @throws BelayError invalid_request
 */
export function readLastEventId(request: Request): string | undefined {
  const inQuery = parameter(request, "lastEventId")
  const id = request.headers.get("last-event-id") ?? inQuery
  return id === "" ? undefined : id
}

/**
 * The key that makes a repeated message the same message: the header `Idempotency-Key`, or `?key=` as a `statusUrl`
 * carries it.
 * @throws BelayError invalid_request
 */
export function readIdempotencyKey(request: Request): string | undefined {
  const header = request.headers.get("idempotency-key") ?? undefined
  const inQuery = parameter(request, "key")
  if (header !== undefined && inQuery !== undefined && header !== inQuery) {
    throw new BelayError(
      "invalid_request",
      "The header Idempotency-Key and the parameter key differ; send one of them.",
    )
  }
  const key = header ?? inQuery
  if (key !== undefined && !IDEMPOTENCY_KEY.test(key)) {
    throw new BelayError(
      "invalid_request",
      `Idempotency-Key must be 1 to ${IDEMPOTENCY_KEY_BYTES_MAX} printable ASCII characters, got ${key.length} characters.`,
    )
  }
  return key
}

/** Every value of a parameter that may be given several times. */
export function parameters(request: Request, name: string): string[] {
  // The URL is taken apart by hand: a path the runtime let through need not be one that `URL` takes.
  const start = request.url.indexOf("?")
  if (start === -1) return []
  return new URLSearchParams(request.url.slice(start).replace(/#.*$/, "")).getAll(name)
}

/** @throws BelayError invalid_request when it is given twice */
export function parameter(request: Request, name: string): string | undefined {
  const values = parameters(request, name)
  if (values.length > 1) {
    throw new BelayError("invalid_request", `The parameter ${name} is given twice; give it once.`)
  }
  return values[0]
}

/** @throws BelayError invalid_request */
export function wholeNumber(name: string, text: string, unit: string): number {
  if (!/^\d+$/.test(text)) {
    throw new BelayError(
      "invalid_request",
      `${name} is "${shown(text)}"; give a whole number of ${unit}, 0 or more.`,
    )
  }
  return Number(text)
}

/** The beginning of what was sent, for a message. */
export function shown(text: string): string {
  return text.slice(0, 60)
}
