// Plain copy: what crosses from one object to another, or to the outside, as the platform carries it: a copy.
// Owns: plain data, fast. Anything else goes through structuredClone, which refuses what cannot be carried.

export function plainCopy<T>(value: T): T {
  return copied(value) as T
}

function copied(value: unknown): unknown {
  if (typeof value === "string" || typeof value === "number" || value === null) return value
  if (typeof value !== "object") return typeof value === "function" ? structuredClone(value) : value
  if (Array.isArray(value)) return value.map(copied)
  if (value instanceof Uint8Array) return value.slice()
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return structuredClone(value)
  const copy: Record<string, unknown> = {}
  for (const key in value) copy[key] = copied((value as Record<string, unknown>)[key])
  return copy
}
