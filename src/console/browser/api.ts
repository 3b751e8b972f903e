// Api: asks the contract's routes.
// Owns: the token's header, the answer's check at the door, errors as one kind. Must not touch: the page.
//   T1. The token goes in the Authorization header, to this server alone.
//   T2. An answer is believed only when it has the shape it should have.
//   T3. A part of a path stays one part: "." and ".." would lead to another route, and are refused before anything is sent.

import * as v from "valibot"
import { storedToken } from "./session.ts"

/** What did not work, for a person: the server's own words where it has said some. */
export class ApiError extends Error {
  /** A code of the contract; `unreachable` without an answer, `unreadable` for one that is not the contract's. */
  readonly code: string
  /** 0 without an answer. */
  readonly status: number
  readonly details: unknown

  constructor(code: string, message: string, status: number, details?: unknown) {
    super(message)
    this.name = "ApiError"
    this.code = code
    this.status = status
    this.details = details
  }
}

type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>

interface Question {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE"
  /** Sent as JSON unless it is `undefined`. */
  readonly body?: unknown
  /** Beside the usual ones. */
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

type Schema<Answer> = v.GenericSchema<unknown, Answer>

const ERROR_BODY = v.looseObject({
  error: v.looseObject({ code: v.string(), message: v.string(), details: v.optional(v.unknown()) }),
})

export class Api {
  readonly #onUnauthorized: (error: ApiError) => void

  /** @param onUnauthorized told when the server wants a token, or another one; the question fails all the same. */
  constructor(onUnauthorized: (error: ApiError) => void) {
    this.#onUnauthorized = onUnauthorized
  }

  /** @throws ApiError, or what the signal aborts with */
  async ask<Answer>(
    path: string,
    schema: Schema<Answer>,
    question: Question = {},
  ): Promise<Answer> {
    const response = await this.request(path, question)
    const answer: unknown = response.status === 204 ? undefined : await jsonOf(response)
    const checked = v.safeParse(schema, answer)
    if (checked.success) return checked.output
    const [issue] = checked.issues
    const where = v.getDotPath(issue) ?? "the answer"
    throw new ApiError(
      "unreadable",
      `The answer of ${path} is not what it should be: ${where}: ${issue.message}. Reload the page: perhaps the server has been deployed since.`,
      response.status,
    )
  }

  /** An answer that is no error, unread. @throws ApiError, or what the signal aborts with */
  async request(path: string, question: Question = {}): Promise<Response> {
    const { method = "GET", body, signal } = question
    const token = storedToken()
    const headers = new Headers(question.headers)
    if (token !== undefined) headers.set("authorization", `Bearer ${token}`)
    if (body !== undefined) headers.set("content-type", "application/json")
    let response: Response
    try {
      response = await fetch(path, {
        method,
        headers,
        credentials: "omit",
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal !== undefined && { signal }),
      })
    } catch (cause) {
      if (signal?.aborted === true) throw cause
      throw new ApiError(
        "unreachable",
        "The server does not answer. Look whether it runs and whether this machine is online.",
        0,
      )
    }
    if (response.ok) return response
    throw this.#errorOf(response.status, await jsonOf(response))
  }

  #errorOf(status: number, answer: unknown): ApiError {
    const checked = v.safeParse(ERROR_BODY, answer)
    const { code, message, details } = checked.success
      ? checked.output.error
      : {
          code: "unreadable",
          message: `The server answered with status ${status} and no reason.`,
          details: undefined,
        }
    const error = new ApiError(code, message, status, details)
    if (status === 401) this.#onUnauthorized(error)
    return error
  }
}

/**
 * A path of encoded parts: `pathTo("v1", "runs", id)`.
 * @throws ApiError for a part that no path can have: the browser takes it for a step up, however it is written
 */
export function pathTo(...parts: readonly string[]): string {
  for (const part of parts) {
    const isStep = part === "." || part === ".."
    if (part !== "" && !isStep && part.isWellFormed()) continue
    const why = isStep ? "nothing is called so" : "it is empty, or no whole text"
    throw new ApiError("invalid_id", `"${part}" cannot be an id or a name; ${why}.`, 400)
  }
  return `/${parts.map(encodeURIComponent).join("/")}`
}

/** The path with a query; lists repeat the name, `undefined` is left out. */
export function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue
    for (const each of typeof value === "object" ? value : [value])
      search.append(name, String(each))
  }
  return search.size === 0 ? path : `${path}?${search.toString()}`
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return (await response.json()) as unknown
  } catch {
    // No JSON, or broken off: what it is instead is said by the check of its shape.
    return undefined
  }
}
