// Contract: the served document as a judge of answers.
// Owns: finding an answer's place in the document, and checking its shape there.

import { Validator, type Schema } from "@cfworker/json-schema"

interface Content {
  readonly schema: unknown
}

export interface Operation {
  readonly operationId: string
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, Content>> }>
  >
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

export class Contract {
  readonly document: Document
  readonly #checked = new Set<string>()

  constructor(document: Document) {
    this.document = document
  }

  /** The operations as `GET /v1/runs/{id}`. */
  get lines(): string[] {
    return Object.entries(this.document.paths)
      .flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      )
      .sort()
  }

  /** `startRun 201` for each answer that was checked. */
  get checked(): ReadonlySet<string> {
    return this.#checked
  }

  /** The body. @throws Error when the document does not have this operation answer so. */
  async expectAnswer(line: string, response: Response): Promise<unknown> {
    const { operationId, responses } = this.operation(line)
    const { status } = response
    const documented = responses[status]
    if (documented === undefined) {
      throw new Error(`${operationId} answered ${status}, which it has not in the document.`)
    }
    this.#checked.add(`${operationId} ${status}`)
    const [contentType] = Object.keys(documented.content ?? {})
    const text = status === 101 ? "" : await response.text()
    const found = response.headers.get("content-type")?.split(";")[0]
    if (found !== contentType) {
      throw new Error(`${operationId} ${status} is ${found ?? "without content"}: ${text}`)
    }
    if (contentType === undefined) return undefined
    const body: unknown = contentType === "application/json" ? JSON.parse(text) : text
    this.expectShape(documented.content?.[contentType]?.schema, body)
    return body
  }

  /** @throws Error when the value does not fit a schema of the document, given whole or by its name. */
  expectShape(schema: unknown, value: unknown): void {
    const { schemas } = this.document.components
    const whole = typeof schema === "string" ? schemas[schema] : schema
    // The validator looks for named schemas where JSON Schema has them.
    const text = JSON.stringify({ $defs: schemas, allOf: [whole] })
    const moved = JSON.parse(text.replaceAll("#/components/schemas/", "#/$defs/")) as Schema
    const { valid, errors } = new Validator(moved, "2020-12", false).validate(value)
    if (valid) return
    const problems = errors.map((each) => `${each.instanceLocation} ${each.error}`)
    throw new Error(`${JSON.stringify(value)} does not fit:\n${problems.join("\n")}`)
  }

  operation(line: string): Operation {
    const [method = "", path = ""] = line.split(" ")
    const found = this.document.paths[path]?.[method.toLowerCase()]
    if (found === undefined) throw new Error(`The document has no ${line}.`)
    return found
  }
}
