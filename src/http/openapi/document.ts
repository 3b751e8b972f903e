// Document: the contract as OpenAPI 3.1, made of the tables beside it, and the route that serves it.
// Owns: how a table's line becomes an operation. To add a route: write its line in a table of this folder (a new table
// stands in ROUTES), and a request for each of its answers in test/http/openapi.test.ts.
//   D1. The document has exactly the engine's routes that are mounted, and no answer is left out (a test compares).

import type { ApiErrorCode } from "../../engine/errors.ts"
import { statusOf } from "../error-response.ts"
import type { App } from "../environment.ts"
import { jsonAnswer } from "../json-answer.ts"
import { INDEX_DOCS, INDEX_SCHEMAS } from "./index-docs.ts"
import { MESSAGE_DOCS } from "./message-docs.ts"
import { OPERATOR_DOCS } from "./operator-docs.ts"
import type { AnswerDoc, RouteDoc } from "./route-doc.ts"
import { RUN_DOCS } from "./run-docs.ts"
import { RUN_SCHEMAS } from "./run-schemas.ts"
import { SCHEDULE_DOCS, SCHEDULE_SCHEMAS } from "./schedule-docs.ts"
import { WORKFLOW_DOCS } from "./workflow-docs.ts"
import { anything, listOf, named, object, oneOf, text } from "./schema.ts"

const SERVICE_DOCS: readonly RouteDoc[] = [
  {
    method: "get",
    path: "/healthz",
    operationId: "getHealth",
    summary: "Whether the Worker answers",
    role: "free",
    answers: {
      200: {
        description: "It does; `development` where it is a development server.",
        schema: object({ status: oneOf("ok") }, { development: { const: true } }),
      },
    },
    errors: [],
  },
  {
    method: "get",
    path: "/v1/roles",
    operationId: "getRoles",
    summary: "What the token may do",
    description:
      "`read` looks, `start` starts runs and sends them messages, `operate` does everything and so comes with the others. A development server without tokens gives all of them to everybody.",
    role: "any",
    answers: {
      200: {
        description: "Its roles; none is a list as well.",
        schema: object({ roles: listOf(oneOf("start", "read", "operate")) }),
      },
    },
    errors: [],
  },
  {
    method: "get",
    path: "/v1/metrics",
    operationId: "getMetrics",
    summary: "Figures for Prometheus",
    description:
      "Runs are counted for the whole server, requests for the isolate that answers: an isolate shares no memory with another.",
    role: "read",
    answers: {
      200: {
        description: "The figures, in the text format 0.0.4.",
        contentType: "text/plain",
        schema: text(),
      },
    },
    errors: [],
  },
  {
    method: "get",
    path: "/",
    operationId: "getConsole",
    summary: "The console: a page without data, which asks the routes here",
    role: "free",
    answers: { 200: { description: "The page.", contentType: "text/html", schema: text() } },
    errors: ["not_configured"],
  },
  {
    method: "get",
    path: "/openapi.json",
    operationId: "getContract",
    summary: "This document",
    role: "free",
    answers: { 200: { description: "The document.", schema: anything } },
    errors: ["not_configured"],
  },
]

/** Every route of the engine. */
export const ROUTES: readonly RouteDoc[] = [
  ...INDEX_DOCS,
  ...RUN_DOCS,
  ...MESSAGE_DOCS,
  ...OPERATOR_DOCS,
  ...SCHEDULE_DOCS,
  ...WORKFLOW_DOCS,
  ...SERVICE_DOCS,
]

/** What any route to a run may answer, whoever asks. */
const ERRORS_OF_ALL: readonly ApiErrorCode[] = ["internal", "not_configured", "overloaded"]
const ERRORS_OF_RIGHTS: readonly ApiErrorCode[] = ["unauthorized", "forbidden"]

export function addContractRoute(app: App): void {
  let document: Record<string, unknown> | undefined
  app.get("/openapi.json", () => jsonAnswer((document ??= contract())))
}

/** The codes of a route's errors, those of every route included. */
export function errorCodes(route: RouteDoc): readonly ApiErrorCode[] {
  // Nothing behind them can fail.
  if (route.role === "free") return route.errors
  if (route.role === "any") return [...route.errors, "unauthorized", "not_configured"]
  const isGuarded = route.role !== "promise"
  return [...route.errors, ...(isGuarded ? ERRORS_OF_RIGHTS : []), ...ERRORS_OF_ALL]
}

function contract(): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of ROUTES) (paths[route.path] ??= {})[route.method] = operation(route)
  return {
    openapi: "3.1.0",
    info: {
      title: "Belay",
      version: "1",
      description:
        "Durable workflows: start runs, talk to them, watch and operate them. Values are plain JSON: a bigint is a decimal text, a Date is ISO text, a Map is a list of pairs, bytes are base64.",
    },
    paths,
    components: {
      schemas: { ...RUN_SCHEMAS, ...INDEX_SCHEMAS, ...SCHEDULE_SCHEMAS },
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
    security: [{ token: [] }],
  }
}

function operation(route: RouteDoc): Record<string, unknown> {
  const { operationId, summary, description, role, parameters = [], body, answers } = route
  const isFree = role === "free" || role === "promise"
  return {
    operationId,
    summary,
    ...(description !== undefined && { description }),
    ...(isFree && { security: [] }),
    ...(!isFree && role !== "any" && { "x-belay-role": role }),
    ...(parameters.length > 0 && {
      parameters: parameters.map((each) => ({ ...each, required: each.in === "path" })),
    }),
    ...(body !== undefined && {
      requestBody: {
        required: body.required,
        content: { "application/json": { schema: body.schema } },
      },
    }),
    responses: { ...mapped(answers, response), ...errorResponses(route) },
  }
}

function response({ description, schema, contentType }: AnswerDoc): Record<string, unknown> {
  if (schema === undefined) return { description }
  return { description, content: { [contentType ?? "application/json"]: { schema } } }
}

function errorResponses(route: RouteDoc): Record<string, unknown> {
  const codes = Object.groupBy(errorCodes(route), statusOf)
  return mapped(codes as Record<string, readonly ApiErrorCode[]>, (each) => ({
    description: each.join(", "),
    content: { "application/json": { schema: errorOf(each) } },
  }))
}

function errorOf(codes: readonly ApiErrorCode[]): Record<string, unknown> {
  const code = { properties: { error: { properties: { code: oneOf(...codes) } } } }
  return { allOf: [named("Error"), code] }
}

function mapped<T>(
  from: Readonly<Record<string, T>>,
  change: (value: T) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, change(value)]))
}
