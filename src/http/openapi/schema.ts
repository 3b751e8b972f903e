// Schema: the few words in which the document's JSON schemas are written.
// Owns: the builders. Must not touch: what the contract says.
//   S1. An object has the members it names and no others, as the routes refuse unknown ones.

export type Schema = { readonly [keyword: string]: unknown }

export const anything: Schema = {}
export const wholeNumber: Schema = { type: "integer", minimum: 0 }

/** An instant in an answer and in a request. */
export const instant: Schema = {
  type: "string",
  format: "date-time",
  pattern: "^-?\\d+-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$",
  description: "ISO 8601, UTC, with milliseconds",
}

export function text(description?: string): Schema {
  return description === undefined ? { type: "string" } : { type: "string", description }
}

export function oneOf(...values: readonly string[]): Schema {
  return { type: "string", enum: values }
}

export function listOf(items: Schema): Schema {
  return { type: "array", items }
}

export function mapOf(values: Schema): Schema {
  return { type: "object", additionalProperties: values }
}

/** @param optional members that may be missing. */
export function object(
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return {
    type: "object",
    properties: { ...required, ...optional },
    ...(Object.keys(required).length > 0 && { required: Object.keys(required) }),
    additionalProperties: false,
  }
}

/** A schema of the document by its name. */
export function named(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` }
}
