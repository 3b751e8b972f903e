// Message docs: signals, updates, published state, and promises settled from outside.

import {
  idempotencyKey,
  keyInQuery,
  messageName,
  runId,
  values,
  wait,
  type RouteDoc,
} from "./route-doc.ts"
import { anything, named, object, oneOf, text } from "./schema.ts"

const anyBody = { schema: anything, required: false }

const replied = { description: "The answer.", schema: object({ reply: anything }) }
const pending = {
  description: "Not answered yet; the address asks again.",
  schema: object({ statusUrl: text() }),
}

const token = {
  name: "token",
  in: "path" as const,
  description: "The promise's token, which is the right itself.",
  schema: text(),
}

const settled = {
  description: "How the promise is settled: by this request, or by an earlier one.",
  schema: object(
    { status: oneOf("resolved", "rejected", "timed_out", "cancelled") },
    { value: anything, error: { anyOf: [named("Thrown"), text("with values=encoded")] } },
  ),
}

export const MESSAGE_DOCS: readonly RouteDoc[] = [
  {
    method: "post",
    path: "/v1/runs/{id}/signals/{name}",
    operationId: "signalRun",
    summary: "Sends a signal; the body is its value",
    role: "start",
    parameters: [runId, messageName, idempotencyKey, keyInQuery],
    body: anyBody,
    answers: { 202: { description: "Kept until it is consumed.", schema: object({}) } },
    errors: [
      "invalid_request",
      "invalid_id",
      "run_unknown",
      "run_ended",
      "body_too_large",
      "limit_reached",
    ],
  },
  {
    method: "post",
    path: "/v1/runs/{id}/updates/{name}",
    operationId: "updateRun",
    summary: "Sends a message that is answered; the body is its value",
    role: "start",
    parameters: [
      runId,
      messageName,
      idempotencyKey,
      keyInQuery,
      wait("10,000 unless given"),
      values,
    ],
    body: anyBody,
    answers: { 200: replied, 202: pending },
    errors: [
      "invalid_request",
      "invalid_id",
      "run_unknown",
      "run_ended",
      "body_too_large",
      "rejected",
      "limit_reached",
    ],
  },
  {
    method: "get",
    path: "/v1/runs/{id}/updates/{name}",
    operationId: "getUpdate",
    summary: "Asks again for the answer to an update",
    role: "read",
    parameters: [runId, messageName, keyInQuery, idempotencyKey, wait("none unless given"), values],
    answers: { 200: replied, 202: pending },
    errors: [
      "invalid_request",
      "invalid_id",
      "run_unknown",
      "state_unknown",
      "run_ended",
      "rejected",
    ],
  },
  {
    method: "get",
    path: "/v1/runs/{id}/state/{name}",
    operationId: "getState",
    summary: "What the workflow published under this name",
    role: "read",
    parameters: [runId, messageName, values],
    answers: { 200: { description: "The value itself.", schema: anything } },
    errors: ["invalid_request", "invalid_id", "run_unknown", "state_unknown"],
  },
  {
    method: "post",
    path: "/v1/promises/{token}/resolve",
    operationId: "resolvePromise",
    summary: "Resolves a promise; the body is the value",
    role: "promise",
    parameters: [token, values],
    body: anyBody,
    answers: { 200: settled },
    errors: ["invalid_request", "invalid_id", "promise_unknown", "body_too_large"],
  },
  {
    method: "post",
    path: "/v1/promises/{token}/reject",
    operationId: "rejectPromise",
    summary: "Rejects a promise",
    role: "promise",
    parameters: [token, values],
    body: {
      schema: object({ message: text() }, { code: text(), details: anything }),
      required: true,
    },
    answers: { 200: settled },
    errors: ["invalid_request", "invalid_id", "promise_unknown", "body_too_large"],
  },
]
