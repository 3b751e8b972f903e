// Tags: what a run is labelled with: an object of short texts.
// Owns: the rule.

import { utf8Bytes } from "../values/codec.ts"
import { TAG_BYTES_MAX, TAGS_MAX } from "../limits.ts"

export function isTags(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false
  const entries = Object.entries(value)
  return (
    entries.length <= TAGS_MAX &&
    entries.every(
      ([key, tag]) =>
        key !== "" &&
        utf8Bytes(key) <= TAG_BYTES_MAX &&
        typeof tag === "string" &&
        utf8Bytes(tag) <= TAG_BYTES_MAX,
    )
  )
}
