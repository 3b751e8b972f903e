// JSON answer: how a value becomes the body of a response.

import { securedAnswer } from "./security-headers.ts"

const JSON_TYPE = "application/json"

/** A response with this value as JSON. `value` must be plain JSON already. */
export function jsonAnswer(
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return securedAnswer(JSON.stringify(value), status, { "content-type": JSON_TYPE, ...headers })
}
