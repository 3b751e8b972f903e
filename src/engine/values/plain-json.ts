// Plain JSON: which values JSON keeps exactly, and how any value is shown as JSON in an answer.
// Owns: the fast path's test, the plain view of design section 5.1, and equality of two views.
//   P1. A view is bounded whatever is shared inside the value: thirty lists that hold each other twice would be a
//       thousand million in JSON, and are thirty in the store.

/** Deeper values take the slow path, which knows how to say that they are too deep. */
const DEPTH_MAX = 200

/** True when JSON text gives back exactly this value: no undefined, no -0, no shared reference, no class. */
export function isPlainJson(value: unknown): boolean {
  return plain(value, 0, undefined)
}

/** The same of a value without parts; false for every other. */
export function isPlainPrimitive(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
    default:
      return value === null
  }
}

function plain(value: unknown, depth: number, seen: Set<object> | undefined): boolean {
  if (typeof value !== "object" || value === null) return isPlainPrimitive(value)
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
 * Characters of a view, about. A stored value in which nothing is met twice stays below half of it; what is shared is
 * written out each time, and of what passes this only the beginning is shown.
 */
export const PLAIN_CHARACTERS_MAX = 32 * 1024 * 1024

/** Twice as deep as what can be stored; deeper ones would end the stack of whoever writes the answer. */
const LEVELS_MAX = 1_000

/** Stands where a view was cut. */
const CUT = "[cut]"

/**
 * A value as plain JSON for an answer: bigint as decimal string, Date as ISO text, Map as list of pairs, Set as list,
 * bytes as base64, undefined and NaN as null, a cycle as "[cycle]", what is beyond 32 Mi characters as "[cut]".
 */
export function toPlainJson(value: unknown): unknown {
  return view(value, newRoom())
}

/** The same, unless a part would have to be cut: then there is nothing to compare. */
export function tryPlainJson(value: unknown): { readonly json: unknown } | undefined {
  const room = newRoom()
  const json = view(value, room)
  return room.isCut ? undefined : { json }
}

interface Room {
  charactersLeft: number
  isCut: boolean
  readonly met: Set<object>
  /** What the part that is looked at lies in. */
  readonly ancestors: Set<object>
}

/** What an object counts that is written out once more, and a hole in a list: few bytes in the store, and here a part. */
const REPEATED_CHARACTERS = 256

function newRoom(): Room {
  return {
    charactersLeft: PLAIN_CHARACTERS_MAX,
    isCut: false,
    met: new Set(),
    ancestors: new Set(),
  }
}

function view(value: unknown, room: Room): unknown {
  room.charactersLeft -= typeof value === "string" ? value.length + 2 : 2
  if (room.charactersLeft < 0) return cut(room)
  switch (typeof value) {
    case "string":
    case "boolean":
      return value
    case "number":
      return Number.isFinite(value) ? value : null
    case "bigint":
      return viewBigint(value, room)
    case "object":
      break
    default:
      return null
  }
  if (value === null) return null
  const { ancestors } = room
  if (ancestors.has(value)) return "[cycle]"
  if (ancestors.size >= LEVELS_MAX) return cut(room)
  if (room.met.has(value)) room.charactersLeft -= REPEATED_CHARACTERS
  if (room.charactersLeft < 0) return cut(room)
  room.met.add(value)
  ancestors.add(value)
  const shown = viewObject(value, room)
  ancestors.delete(value)
  return shown
}

function cut(room: Room): string {
  room.isCut = true
  return CUT
}

/** Whether the parts that follow are left out. */
function isFull(room: Room): boolean {
  if (room.charactersLeft < 0) room.isCut = true
  return room.charactersLeft < 0
}

function viewBigint(value: bigint, room: Room): string {
  const digits = value.toString()
  room.charactersLeft -= digits.length
  return room.charactersLeft < 0 ? cut(room) : digits
}

function viewObject(value: object, room: Room): unknown {
  if (Array.isArray(value)) return viewList(value, room)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Map) {
    return viewEach(value as Map<unknown, unknown>, room, ([key, item]) => [
      view(key, room),
      view(item, room),
    ])
  }
  if (value instanceof Set) return viewEach(value as Set<unknown>, room, (item) => view(item, room))
  if (value instanceof URL || value instanceof RegExp) return view(String(value), room)
  if (value instanceof ArrayBuffer) return viewBytes(new Uint8Array(value), room)
  if (ArrayBuffer.isView(value)) {
    return viewBytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), room)
  }
  if (value instanceof Error) {
    const { name, message } = value
    room.charactersLeft -= charactersOf(name) + charactersOf(message)
    const code: unknown = (value as { code?: unknown }).code
    return code === undefined ? { name, message } : { name, message, code: view(code, room) }
  }
  const members: [string, unknown][] = []
  for (const [key, item] of Object.entries(value)) {
    room.charactersLeft -= key.length + 3
    if (isFull(room)) break
    members.push([key, view(item, room)])
  }
  return Object.fromEntries(members)
}

/** A list with holes may be far longer than what is in it. */
function viewList(list: readonly unknown[], room: Room): unknown[] {
  const views: unknown[] = []
  for (let index = 0; index < list.length; index++) {
    if (!(index in list)) room.charactersLeft -= REPEATED_CHARACTERS
    views.push(view(list[index], room))
    if (isFull(room)) break
  }
  return views
}

/** A collection ends with one mark where it is cut, not with one for each part that is missing. */
function viewEach<Item>(
  items: Iterable<Item>,
  room: Room,
  viewItem: (item: Item) => unknown,
): unknown[] {
  const views: unknown[] = []
  for (const item of items) {
    views.push(viewItem(item))
    if (isFull(room)) break
  }
  return views
}

/** A user's error may have anything for a name. */
function charactersOf(text: unknown): number {
  return typeof text === "string" ? text.length : 2
}

function viewBytes(bytes: Uint8Array, room: Room): string {
  room.charactersLeft -= bytes.length * (4 / 3)
  return room.charactersLeft < 0 ? cut(room) : base64(bytes)
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
