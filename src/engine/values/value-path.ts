// Value path: where inside a value reading it throws, when a getter or a proxy of the user's does.
// Owns: the walk that is taken only after a value was refused, to name the culprit (promise 3).

/** The path of the first part that cannot be read, as in `.items[0].price`; "" when it is the value itself. */
export function pathOfThrower(value: unknown, levels: number): string {
  return search(value, "", levels, new Set()) ?? ""
}

function search(value: unknown, path: string, left: number, met: Set<object>): string | undefined {
  if (typeof value !== "object" || value === null || met.has(value) || left === 0) return undefined
  met.add(value)
  let keys: string[]
  try {
    if (value instanceof Map || value instanceof Set) return searchEach(value, path, left, met)
    keys = Object.keys(value)
  } catch {
    // It throws as soon as it is looked at.
    return path
  }
  for (const key of keys) {
    const below = path + (Array.isArray(value) ? `[${key}]` : memberOf(key))
    let part: unknown
    try {
      part = (value as Record<string, unknown>)[key]
    } catch {
      // Here it is.
      return below
    }
    const found = search(part, below, left - 1, met)
    if (found !== undefined) return found
  }
  return undefined
}

function searchEach(
  collection: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>,
  path: string,
  left: number,
  met: Set<object>,
): string | undefined {
  for (const [key, item] of collection.entries()) {
    const below = `${path}.get(${typeof key === "string" ? JSON.stringify(key) : "..."})`
    const found = search(key, below, left - 1, met) ?? search(item, below, left - 1, met)
    if (found !== undefined) return found
  }
  return undefined
}

function memberOf(key: string): string {
  return /^[\w$]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}
