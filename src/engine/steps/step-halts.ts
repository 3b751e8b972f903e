// Step halts: a step that stops its run until a person has looked.
// Owns: what is said of it. Pure: a replay says the same.

import { decode } from "../values/codec.ts"
import { textOfThrown } from "../values/bare-error.ts"
import type { Halt } from "../errors.ts"
import type { StepEntry } from "../machine/tree.ts"

export function attemptsLostHalt({ name, path, body }: StepEntry): Halt {
  return {
    code: "attempts_lost",
    message: `Step ${name} at ${path} began ${body.lost} times in a row and never ended; look at what kills it, then retry or skip it.`,
    details: { path, name },
  }
}

/** Its policy says `pause`, and its retries are used up. */
export function exhaustedHalt({ name, path, body }: StepEntry): Halt {
  const error = textOfThrown(decode(body.exhausted ?? "null"))
  const { attempts } = body
  return {
    code: "retries_exhausted",
    message: `Step ${name} at ${path} failed in attempt ${attempts} and has no retries left: ${error}. Mend what it needs, then retry it, or skip it with a value.`,
    details: { path, name, attempts, error },
  }
}
