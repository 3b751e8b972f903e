// Value view: a stored value as it stands in an answer.
// Owns: the choice between plain JSON and the codec's text, and what an unprivileged caller is not shown.
//   W1. No stack leaves for a caller who may not see one, in either form, however deep the error sits.

import { decode, encode } from "../engine/values/codec.ts"
import { toPlainJson } from "../engine/values/plain-json.ts"

/** How a caller is shown things. */
export interface View {
  /** The codec's text instead of plain JSON. */
  readonly encoded: boolean
  /** With stacks and promise tokens. */
  readonly privileged: boolean
}

/** A stored value, by its text. */
export function viewValue(text: string, view: View): unknown {
  if (!view.encoded) return toPlainJson(decode(text))
  return view.privileged ? text : withoutStacks(text)
}

/** The same text with every error's stack left out. */
export function withoutStacks(text: string): string {
  // Only a rich text holds errors, and it names them.
  if (!text.startsWith("!") || !text.includes('"Error"')) return text
  const value = decode(text)
  dropStacks(value)
  return encode(value)
}

function dropStacks(root: unknown): void {
  const met = new Set<object>()
  const pending: unknown[] = [root]
  while (pending.length > 0) {
    const value = pending.pop()
    if (typeof value !== "object" || value === null || met.has(value)) continue
    met.add(value)
    if (ArrayBuffer.isView(value)) continue
    if (value instanceof Error) {
      Object.defineProperty(value, "stack", { value: undefined, configurable: true })
      pending.push(value.cause, (value as { errors?: unknown }).errors)
    }
    for (const part of partsOf(value)) pending.push(part)
  }
}

/** What a value holds; a Map its keys and values, as lists of two. */
function partsOf(value: object): Iterable<unknown> {
  return value instanceof Map || value instanceof Set ? value : (Object.values(value) as unknown[])
}
