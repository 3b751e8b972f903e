// Route doc: what the document says of one route.
// Owns: the shape of a line in the tables, and the parameters that several routes share.

import type { ApiErrorCode } from "../../engine/errors.ts"
import { oneOf, text, wholeNumber, type Schema } from "./schema.ts"

export interface ParameterDoc {
  readonly name: string
  readonly in: "path" | "query" | "header"
  readonly description: string
  readonly schema: Schema
}

/** An answer that is no error: JSON of this schema, another type of content, or nothing. */
export interface AnswerDoc {
  readonly description: string
  readonly schema?: Schema
  readonly contentType?: string
}

export interface RouteDoc {
  readonly method: "get" | "post" | "put" | "delete"
  /** As in the document: `/v1/runs/{id}`. */
  readonly path: string
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  /** Who may ask; `any` known token, `free` needs none, `promise` is a right of its own in the path. */
  readonly role: "start" | "read" | "operate" | "any" | "promise" | "free"
  readonly parameters?: readonly ParameterDoc[]
  /** Schema of the JSON body; `required` unless no body means something. */
  readonly body?: { readonly schema: Schema; readonly required: boolean }
  readonly answers: Readonly<Record<number, AnswerDoc>>
  /** Codes of this route's own errors; those of every route are added. */
  readonly errors: readonly ApiErrorCode[]
}

export const runId: ParameterDoc = {
  name: "id",
  in: "path",
  description: "The run's id, percent-encoded: 1 to 256 bytes of UTF-8 without control characters.",
  schema: text(),
}

export const messageName: ParameterDoc = {
  name: "name",
  in: "path",
  description: "The name the workflow uses, percent-encoded.",
  schema: text(),
}

export const values: ParameterDoc = {
  name: "values",
  in: "query",
  description: "`encoded` gives each value as the codec's text instead of plain JSON.",
  schema: oneOf("encoded"),
}

export function wait(otherwise: string): ParameterDoc {
  return {
    name: "wait",
    in: "query",
    description: `Milliseconds to wait at most, cut at 30,000; ${otherwise}.`,
    schema: wholeNumber,
  }
}

export const idempotencyKey: ParameterDoc = {
  name: "Idempotency-Key",
  in: "header",
  description:
    "A message sent twice with one key is one message: 1 to 255 printable ASCII characters.",
  schema: text(),
}

/** The trace that a run is to be a part of. */
export const traceContext: readonly ParameterDoc[] = [
  {
    name: "traceparent",
    in: "header",
    description:
      "W3C Trace Context: the run's spans join this trace. What is malformed is as good as none; the answer's header `traceresponse` names the run's own span, where spans are exported.",
    schema: text(),
  },
  {
    name: "tracestate",
    in: "header",
    description: "W3C Trace Context: kept with it and handed on.",
    schema: text(),
  },
]

/** The same key where a link carries it. */
export const keyInQuery: ParameterDoc = {
  name: "key",
  in: "query",
  description: "The Idempotency-Key, as a statusUrl carries it.",
  schema: text(),
}
