// Route table: every route there is, which of them a request meets, and what it may be answered.
// Owns: the match, made as the Worker's router makes it: segment by segment, not decoded. Pure.
//   T1. The engine's routes come from the served document, so that a new one is fuzzed as soon as it is documented.

import { Validator, type Schema } from "@cfworker/json-schema"
import type { Document } from "../support/contract.ts"
import { SYSTEM_ROUTES } from "./system-routes.ts"

export type Right = "free" | "promise" | "read" | "start" | "operate"

export interface FuzzedRoute {
  readonly method: string
  readonly path: string
  readonly right: Right
  readonly statuses: ReadonlySet<number>
  /** A body it takes, as a value; `undefined` when it takes none. */
  readonly body: unknown
  readonly parameters: readonly { readonly name: string; readonly in: string }[]
  /** Why the body does not fit the document at this status; `undefined` when it does, or nothing is documented. */
  readonly misfit: (status: number, contentType: string, body: unknown) => string | undefined
}

interface DocumentedRoute {
  readonly security?: readonly unknown[]
  readonly "x-belay-role"?: Right
  readonly parameters?: FuzzedRoute["parameters"]
  readonly requestBody?: { readonly content: Record<string, { readonly schema: unknown }> }
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: unknown }>> }>
  >
}

/** What every route may answer, by rights and by the platform. */
const STATUSES_OF_ALL = [401, 403, 503]

export function routeTable(document: Document, examples: Readonly<Record<string, unknown>>) {
  const engine = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): FuzzedRoute => {
      const documented = operation as unknown as DocumentedRoute
      const { parameters = [], responses } = documented
      return {
        method: method.toUpperCase(),
        path,
        right: rightOf(path, documented),
        statuses: new Set([...Object.keys(responses).map(Number), ...STATUSES_OF_ALL]),
        body: examples[operation.operationId],
        parameters,
        misfit: misfitOf(documented, document),
      }
    }),
  )
  const systems = SYSTEM_ROUTES.map(({ line, statuses, body }): FuzzedRoute => {
    const [method = "", path = ""] = line.split(" ")
    return {
      method,
      path,
      right: path === "/buy" ? "free" : method === "GET" ? "read" : "start",
      statuses: new Set([...statuses, ...STATUSES_OF_ALL]),
      body,
      parameters: [
        { name: "wait", in: "query" },
        { name: "limit", in: "query" },
        { name: "after", in: "query" },
      ],
      misfit: () => undefined,
    }
  })
  return [...engine, ...systems]
}

/** The route that a request line meets; HEAD meets what GET does. */
export function routeOf(
  routes: readonly FuzzedRoute[],
  method: string,
  path: string,
): FuzzedRoute | undefined {
  const asked = method === "HEAD" ? "GET" : method
  const found = routes.filter((route) => route.method === asked && isAt(route.path, path))
  // A name that stands in the path goes before one that is a parameter, as where they are added.
  return found.sort((left, right) => braces(left.path) - braces(right.path))[0]
}

/** Whether some method has this path. */
export function hasPath(routes: readonly FuzzedRoute[], path: string): boolean {
  return routes.some((route) => isAt(route.path, path))
}

function isAt(pattern: string, path: string): boolean {
  const wanted = pattern.split("/")
  const given = path.split("/")
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part.startsWith("{") || part === given[index])
  )
}

function braces(path: string): number {
  return path.split("{").length
}

function rightOf(path: string, { security, "x-belay-role": role }: DocumentedRoute): Right {
  if (path.startsWith("/v1/promises/")) return "promise"
  return security?.length === 0 ? "free" : (role ?? "operate")
}

function misfitOf({ responses }: DocumentedRoute, document: Document): FuzzedRoute["misfit"] {
  const validators = new Map<number, Validator>()
  return (status, contentType, body) => {
    const content = responses[status]?.content
    if (content === undefined) return undefined
    const [documentedType = ""] = Object.keys(content)
    if (!contentType.startsWith(documentedType)) {
      return `it is ${contentType}, and the contract says ${documentedType}`
    }
    if (documentedType !== "application/json") return undefined
    const validator =
      validators.get(status) ?? validatorFor(content[documentedType]?.schema, document)
    validators.set(status, validator)
    const { valid, errors } = validator.validate(body)
    if (valid) return undefined
    return errors.map(({ instanceLocation, error }) => `${instanceLocation} ${error}`).join("; ")
  }
}

function validatorFor(schema: unknown, { components: { schemas } }: Document): Validator {
  const text = JSON.stringify({ $defs: schemas, allOf: [schema] })
  const moved = JSON.parse(text.replaceAll("#/components/schemas/", "#/$defs/")) as Schema
  return new Validator(moved, "2020-12", false)
}
