// Value depth: how deeply a value is nested, so that what can be stored does not depend on the stack that is left.
// Owns: the one walk that both the codec and the digest take before they recurse. Pure.
//   D1. Parts are met in the order and as often as the codec meets them: a value met before is not entered again.
//   D2. Enters plain data alone; whatever else there is cannot be stored or has no parts.

/** Whether lists, objects, Maps, Sets and errors lie in each other on more than so many levels. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  return walk(value, levels, new Set())
}

function walk(value: unknown, left: number, met: Set<object>): boolean {
  if (typeof value !== "object" || value === null || met.has(value)) return false
  met.add(value)
  const parts = partsOf(value)
  if (parts === undefined) return false
  if (left === 0) return true
  for (const part of parts) {
    if (walk(part, left - 1, met)) return true
  }
  return false
}

function partsOf(value: object): Iterable<unknown> | undefined {
  if (Array.isArray(value)) return isDense(value) ? (value as unknown[]) : membersOf(value)
  if (value instanceof Map) return partsOfMap(value)
  if (value instanceof Set) return value
  if (value instanceof Error) {
    return [value.cause, (value as { errors?: unknown }).errors, ...membersOf(value)]
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null ? membersOf(value) : undefined
}

function membersOf(value: object): unknown[] {
  return Object.values(value)
}

function* partsOfMap(map: ReadonlyMap<unknown, unknown>): Iterable<unknown> {
  for (const [key, item] of map) {
    yield key
    yield item
  }
}

/** A list with a hole may be far longer than what is in it. */
function isDense(list: readonly unknown[]): boolean {
  for (let index = 0; index < list.length; index++) {
    if (!(index in list)) return false
  }
  return true
}
