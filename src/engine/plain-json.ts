// Plain JSON: which values JSON keeps exactly, and how any value is shown as JSON in an answer.
// Owns: the fast path's test, the plain view of design section 5.1, and equality of two views.

/** Deeper values take the slow path, which knows how to say that they are too deep. */
const DEPTH_MAX = 200

/** True when JSON text gives back exactly this value: no undefined, no -0, no shared reference, no class. */
export function isPlainJson(value: unknown): boolean {
  return plain(value, 0, undefined)
}

function plain(value: unknown, depth: number, seen: Set<object> | undefined): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
    case "object":
      break
    default:
      return false
  }
  if (value === null) return true
  if (depth > DEPTH_MAX) return false
  // A value met twice would come back as two; the slow path keeps identity.
  const met = seen ?? new Set<object>()
  if (met.has(value)) return false
  met.add(value)
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      if (!plain(value[index], depth + 1, met)) return false
    }
    return Object.keys(value).length === value.length
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype) return false
  if (Object.getOwnPropertySymbols(value).length > 0) return false
  for (const key of Object.keys(value)) {
    if (key === "toJSON") return false
    if (!plain((value as Record<string, unknown>)[key], depth + 1, met)) return false
  }
  return true
}

/**
 * A value as plain JSON for an answer: bigint as decimal string, Date as ISO text, Map as list of pairs, Set as list,
 * bytes as base64, undefined and NaN as null, a cycle as "[cycle]".
 */
export function toPlainJson(value: unknown): unknown {
  return view(value, [])
}

function view(value: unknown, ancestors: readonly object[]): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value
    case "number":
      return Number.isFinite(value) ? value : null
    case "bigint":
      return value.toString()
    case "object":
      break
    default:
      return null
  }
  if (value === null) return null
  if (ancestors.includes(value)) return "[cycle]"
  const inside = [...ancestors, value]
  if (Array.isArray(value)) return Array.from(value, (item: unknown) => view(item, inside))
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Map) {
    return Array.from(value as Map<unknown, unknown>, ([key, item]) => [
      view(key, inside),
      view(item, inside),
    ])
  }
  if (value instanceof Set) return Array.from(value as Set<unknown>, (item) => view(item, inside))
  if (value instanceof URL || value instanceof RegExp) return String(value)
  if (value instanceof ArrayBuffer) return base64(new Uint8Array(value))
  if (ArrayBuffer.isView(value)) {
    return base64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
  }
  if (value instanceof Error) {
    const { name, message } = value
    const code: unknown = (value as { code?: unknown }).code
    return code === undefined ? { name, message } : { name, message, code: view(code, inside) }
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, view(item, inside)] as const),
  )
}

function base64(bytes: Uint8Array): string {
  let binary = ""
  for (let offset = 0; offset < bytes.length; offset += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(offset, offset + 0x8000))
  }
  return btoa(binary)
}

/** One text per JSON value, whatever the order of its keys: equal texts are equal values. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`)
    return `{${members.join(",")}}`
  }
  return JSON.stringify(value) ?? "null"
}
