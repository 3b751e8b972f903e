// Comparison: whether two runs of one workflow came to the same, apart from what no two runs have in common.
// Owns: finding the first difference. Must not touch: where the values come from.
//   V1. Where undisturbed runs differ among themselves (an id or a time that a step made), nothing is compared.

import { encode } from "../engine/values/codec.ts"

export interface Difference {
  /** "result.items.0.id"; "" for the whole. */
  readonly at: string
  readonly expected: unknown
  readonly found: unknown
}

/**
 * The first place where `found` is other than all of `references`, which agree there.
 * @param references what undisturbed runs came to; at least one
 */
export function differenceFrom(
  references: readonly unknown[],
  found: unknown,
  at = "",
): Difference | undefined {
  const [expected] = references
  if (references.some((each) => isSameLeaf(each, found))) return undefined
  const shapes = references.map(partsOf)
  const foundParts = partsOf(found)
  const isBranch =
    foundParts !== undefined &&
    shapes.every((parts) => parts !== undefined && haveSameKeys(parts, foundParts))
  if (!isBranch) {
    return areAlike(references) ? { at, expected, found } : undefined
  }
  for (const [key, part] of foundParts) {
    const inner = differenceFrom(
      shapes.map((parts) => parts?.get(key)),
      part,
      at === "" ? key : `${at}.${key}`,
    )
    if (inner !== undefined) return inner
  }
  return undefined
}

/** Whether nothing tells one of them from another. */
function areAlike(values: readonly unknown[]): boolean {
  const [first, ...others] = values
  return others.every((other) => differenceFrom([first], other) === undefined)
}

function isSameLeaf(left: unknown, right: unknown): boolean {
  return Object.is(left, right)
}

/** What a value is made of, by key; `undefined` for one that has no parts. */
function partsOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined
  if (value instanceof Date) return new Map([["time", value.getTime()]])
  if (value instanceof Error) {
    const { name, message, cause } = value
    const { code } = value as { code?: unknown }
    return new Map(Object.entries({ name, message, code, cause }))
  }
  if (value instanceof Map) {
    return new Map([...value].map(([key, part]) => [labelOf(key), part as unknown]))
  }
  if (value instanceof Set) return new Map([...value].map((part) => [labelOf(part), true]))
  return new Map(Object.entries(value))
}

function labelOf(key: unknown): string {
  return typeof key === "string" ? key : encode(key)
}

function haveSameKeys(left: ReadonlyMap<string, unknown>, right: ReadonlyMap<string, unknown>) {
  return left.size === right.size && [...left.keys()].every((key) => right.has(key))
}

/** A value as it was at this moment, whatever becomes of it. */
export function copyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Date) return value
  if (value instanceof Map) {
    return new Map([...value].map(([key, part]) => [key as unknown, copyOf(part)]))
  }
  if (value instanceof Set) return new Set(value)
  if (Array.isArray(value)) return value.map(copyOf)
  if (value instanceof Error) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copyOf(part)]))
}

/** The same with its lists sorted. */
export function inAnyOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    const sorted = value.map((part) => [textOf(part), inAnyOrder(part)] as const)
    return sorted.toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, part]) => part)
  }
  const parts = partsOf(value)
  if (parts === undefined || value instanceof Date || value instanceof Error) return value
  return new Map([...parts].map(([key, part]) => [key, inAnyOrder(part)]))
}

function textOf(value: unknown): string {
  return typeof value === "object" && value !== null
    ? JSON.stringify([...(partsOf(value) ?? [])].map(([key, part]) => [key, textOf(part)]))
    : `${typeof value} ${String(value)}`
}

/**
 * How much more there is of each thing: numbers by their value, texts and lists and the like by their size. What is in
 * something is told from what was there before by its key, so only what was there is looked into.
 */
export function growth(before: unknown, after: unknown, at = ""): Map<string, number> {
  const grown = new Map<string, number>()
  const size = sizeOf(after)
  if (size !== undefined) grown.set(at, size - (sizeOf(before) ?? 0))
  const earlier = partsOf(before)
  const isShifted = Array.isArray(after) && size !== sizeOf(before)
  if (earlier === undefined || isShifted) return grown
  for (const [key, part] of partsOf(after) ?? []) {
    if (!earlier.has(key)) continue
    for (const [inner, much] of growth(earlier.get(key), part, at === "" ? key : `${at}.${key}`))
      grown.set(inner, much)
  }
  return grown
}

function sizeOf(value: unknown): number | undefined {
  if (typeof value === "number" || typeof value === "bigint") return Number(value)
  if (typeof value === "string") return value.length
  if (value instanceof Date || value instanceof Error) return undefined
  return partsOf(value)?.size
}
