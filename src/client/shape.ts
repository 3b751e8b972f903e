// Shape: what an answer must have before anybody reads it.
// Owns: the checks and what is said of the first thing that is missing. Must not touch: what a route answers.
//   H1. What is not named is let through: a newer server may say more.

/** What is wrong with a value that stands at this place; `undefined` when nothing is. */
export type Shape = (value: unknown, at: string) => string | undefined

export const anything: Shape = () => undefined

export const text: Shape = (value, at) => (typeof value === "string" ? undefined : not(at, "text"))

export const amount: Shape = (value, at) =>
  typeof value === "number" ? undefined : not(at, "a number")

export const flag: Shape = (value, at) =>
  typeof value === "boolean" ? undefined : not(at, "true or false")

export const instant: Shape = (value, at) =>
  typeof value === "string" && !Number.isNaN(Date.parse(value)) ? undefined : not(at, "an instant")

export function oneOf(words: readonly string[]): Shape {
  return (value, at) =>
    typeof value === "string" && words.includes(value)
      ? undefined
      : not(at, `one of ${words.join(", ")}`)
}

export function optional(shape: Shape): Shape {
  return (value, at) => (value === undefined ? undefined : shape(value, at))
}

export function listOf(item: Shape): Shape {
  return (value, at) => {
    if (!Array.isArray(value)) return not(at, "a list")
    for (const [index, each] of value.entries()) {
      const problem = item(each, `${at}[${index}]`)
      if (problem !== undefined) return problem
    }
    return undefined
  }
}

/** Whatever its names are. */
export function mapOf(item: Shape): Shape {
  return (value, at) => {
    if (!isObject(value)) return not(at, "an object")
    for (const [name, each] of Object.entries(value)) {
      const problem = item(each, within(at, name))
      if (problem !== undefined) return problem
    }
    return undefined
  }
}

export function object(fields: Readonly<Record<string, Shape>>): Shape {
  return (value, at) => {
    if (!isObject(value)) return not(at, "an object")
    for (const [name, shape] of Object.entries(fields)) {
      const problem = shape(value[name], within(at, name))
      if (problem !== undefined) return problem
    }
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function within(at: string, name: string): string {
  return at === "" ? name : `${at}.${name}`
}

function not(at: string, what: string): string {
  return `${at === "" ? "it" : at} is not ${what}`
}
