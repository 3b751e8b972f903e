// Values: what steps give and workflows throw, by name.

import type { ValueName } from "./program.ts"

/** Longer than what the engine takes for one slice, so that stretches end in the middle of things. */
const BIG_CHARACTERS = 3_000

/** A fresh value each time. @param tag makes it one that no other step gives */
export function valueOf(name: ValueName, tag: number): unknown {
  switch (name) {
    case "number":
      return tag
    case "text":
      return `value ${tag} é€😀`
    case "date":
      return new Date(tag * 1_000)
    case "map":
      return new Map<unknown, unknown>([
        [tag, new Set([tag, "x"])],
        ["nested", [undefined, null, -0]],
      ])
    case "bigint":
      return BigInt(tag) << 80n
    case "undefined":
      return undefined
    case "cycle": {
      const value: Record<string, unknown> = { tag }
      value["self"] = value
      return value
    }
    case "nan":
      return [Number.NaN, Infinity, tag]
    case "bytes":
      return new Uint8Array([tag & 255, 1, 2, 255])
    case "big":
      return `${tag}:${"x".repeat(BIG_CHARACTERS)}`
    case "function":
      // No store takes it: the step that gives it fails at once.
      return { tag, run: () => tag }
  }
}
