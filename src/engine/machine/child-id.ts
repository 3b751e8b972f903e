// Child id: the id of a run that another run starts.
// Owns: its form: <parent id>:<8 characters of the incarnation>:<generation>:<path>, "#n" behind it from attempt 2 on.
//   I1. Two lives of a parent, two generations, two entries, two attempts never share a child: each starts its own.

import { utf8Bytes } from "../values/codec.ts"
import { digestOf } from "../values/digest.ts"
import { RUN_ID_BYTES_MAX } from "../limits.ts"

const INCARNATION_CHARACTERS = 8

export interface ChildPlace {
  readonly id: string
  readonly incarnation: string
  readonly generation: number
}

/** @param given the id the workflow chose, if it did. */
export function childId(
  parent: ChildPlace,
  path: string,
  attempt: number,
  given: string | undefined,
): string {
  const life = parent.incarnation.slice(0, INCARNATION_CHARACTERS)
  const base = given ?? `${parent.id}:${life}:${parent.generation}:${path}`
  return bounded(attempt === 1 ? base : `${base}#${attempt}`)
}

/** A longer one is cut and ends in two digests of the whole, 106 bits: nobody meets another's child by chance. */
function bounded(id: string): string {
  if (utf8Bytes(id) <= RUN_ID_BYTES_MAX) return id
  const end = `~${digestOf(id).toString(36)}${digestOf(`#${id}`).toString(36)}`
  const kept = Array.from(id)
  while (utf8Bytes(kept.join("")) + end.length > RUN_ID_BYTES_MAX) {
    kept.length -= Math.max(1, kept.length >> 4)
  }
  return kept.join("") + end
}
