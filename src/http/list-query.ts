// List query: which runs a caller asks for, as query parameters.
// Owns: their names, formats and limits, and the cursor's text.
//   L1. A cursor is opaque and belongs to its filters: it says where the page before ended, and nothing else.
//   L2. A parameter that is none is refused: whoever mistypes a filter would be shown all runs, and may act on them.

import { BelayError } from "../engine/errors.ts"
import { RUN_ID_BYTES_MAX, RUNS_PAGE_DEFAULT, RUNS_PAGE_MAX, TAGS_MAX } from "../engine/limits.ts"
import type { RunCard, RunFilter, RunOrder, RunPlace, RunQuery } from "../engine/ports/run-index.ts"
import { RUN_STATUSES, type RunStatus } from "../engine/ports/run-status.ts"
import { utf8Bytes } from "../engine/values/codec.ts"
import { parameter, parameters, readLimit, shown, wholeNumber } from "./query.ts"
import { isInstant } from "./validate.ts"

const FILTERS = [
  "workflow",
  "version",
  "tag",
  "parent",
  "idPrefix",
  "createdAfter",
  "createdBefore",
] as const

const LIST_PARAMETERS = [...FILTERS, "status", "order", "cursor", "limit"] as const

/** @throws BelayError invalid_request */
export function readRunQuery(request: Request): RunQuery {
  requireKnown(request, LIST_PARAMETERS)
  const order = readOrder(request)
  return {
    ...filterOf(request),
    statuses: readStatuses(request),
    order,
    after: readCursor(request),
    limit: readLimit(request, "runs", RUNS_PAGE_DEFAULT, RUNS_PAGE_MAX),
  }
}

/** Where the page ended, as text for an address. */
export function cursorAt({ createdAtMs, id }: RunCard): string {
  const bytes = new TextEncoder().encode(JSON.stringify([createdAtMs, id]))
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
}

/** What runs are counted. @throws BelayError invalid_request */
export function readRunFilter(request: Request): RunFilter {
  requireKnown(request, FILTERS)
  return filterOf(request)
}

function requireKnown(request: Request, names: readonly string[]): void {
  for (const name of new URL(request.url).searchParams.keys()) {
    if (names.includes(name)) continue
    throw new BelayError(
      "invalid_request",
      `There is no parameter "${shown(name)}" here; give some of ${names.join(", ")}.`,
    )
  }
}

function filterOf(request: Request): RunFilter {
  return {
    workflow: textOf(request, "workflow"),
    version: numberOf(request, "version"),
    tags: readTags(request),
    parent: textOf(request, "parent"),
    idPrefix: readPrefix(request),
    createdFromMs: instantOf(request, "createdAfter", 1),
    createdBeforeMs: instantOf(request, "createdBefore", 0),
  }
}

function textOf(request: Request, name: string): string | undefined {
  const text = parameter(request, name)
  return text === "" ? undefined : text
}

function numberOf(request: Request, name: string): number | undefined {
  const text = textOf(request, name)
  return text === undefined ? undefined : wholeNumber(name, text, "the version")
}

function readOrder(request: Request): RunOrder {
  const text = textOf(request, "order") ?? "newest"
  if (text === "newest" || text === "oldest") return text
  throw new BelayError(
    "invalid_request",
    `order is "${shown(text)}"; give "newest" or "oldest", or leave it out for newest first.`,
  )
}

/** `?status=`: several times, or several with commas between. */
function readStatuses(request: Request): RunStatus[] {
  const texts = parameters(request, "status").flatMap((text) => text.split(","))
  return texts
    .filter((text) => text !== "")
    .map((text) => {
      if (RUN_STATUSES.has(text as RunStatus)) return text as RunStatus
      throw new BelayError(
        "invalid_request",
        `status is "${shown(text)}"; give one of ${[...RUN_STATUSES].join(", ")}.`,
      )
    })
}

function readTags(request: Request): string[] {
  const tags = parameters(request, "tag").filter((text) => text !== "")
  // Keys are not empty, and may have colons of their own: which one divides need not be known.
  const odd = tags.find((tag) => tag.indexOf(":", 1) === -1)
  if (odd !== undefined) {
    throw new BelayError(
      "invalid_request",
      `tag is "${shown(odd)}"; give a label's key and value with a colon between, like team:blue.`,
    )
  }
  if (tags.length <= TAGS_MAX) return tags
  throw new BelayError(
    "invalid_request",
    `${tags.length} tags are asked for; a run has ${TAGS_MAX} at the most.`,
  )
}

function readPrefix(request: Request): string | undefined {
  const prefix = textOf(request, "idPrefix")
  if (prefix === undefined || utf8Bytes(prefix) <= RUN_ID_BYTES_MAX) return prefix
  throw new BelayError(
    "invalid_request",
    `idPrefix has ${utf8Bytes(prefix)} bytes; an id has ${RUN_ID_BYTES_MAX} at the most.`,
  )
}

function instantOf(request: Request, name: string, addMs: number): number | undefined {
  const text = textOf(request, name)
  if (text === undefined) return undefined
  if (isInstant(text)) return Date.parse(text) + addMs
  throw new BelayError(
    "invalid_request",
    `${name} is "${shown(text)}"; give an instant like 2026-01-31T08:00:00.000Z.`,
  )
}

function readCursor(request: Request): RunPlace | undefined {
  const text = textOf(request, "cursor")
  if (text === undefined) return undefined
  const place = placeIn(text)
  if (place !== undefined) return place
  throw new BelayError(
    "invalid_request",
    `cursor is "${shown(text)}"; give the one that the page before had, or leave it out for the first.`,
  )
}

function placeIn(cursor: string): RunPlace | undefined {
  try {
    const binary = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"))
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
    const value: unknown = JSON.parse(
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
    )
    if (!Array.isArray(value) || value.length !== 2) return undefined
    const [createdAtMs, id] = value as unknown[]
    return Number.isSafeInteger(createdAtMs) && typeof id === "string"
      ? { createdAtMs: createdAtMs as number, id }
      : undefined
  } catch {
    // Not base64, not UTF-8 or not JSON: no page had it.
    return undefined
  }
}
