// Path: where a route stands, made of parts that callers give.
// Owns: which part cannot stand in a path. Must not touch: what a part means; how long it may be is the server's to say.
//   P1. A part stays one part: "." and ".." are taken out of a path by whoever parses it, also percent-encoded, so that
//       another route would be asked than the one that was meant. They are refused before anything is sent.

import { BelayClientError } from "./error.ts"

/** C0, DEL and C1. */
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/

const SURROGATES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** @throws BelayClientError `invalid_id` for a part that no path can carry */
export function pathOf(parts: readonly string[]): string {
  return parts.map((part) => `/${encodedPart(part)}`).join("")
}

function encodedPart(part: string): string {
  const problem = problemOf(part)
  if (problem === undefined) return encodeURIComponent(part)
  throw new BelayClientError({
    code: "invalid_id",
    message: `That can be no id, name or token: ${problem}. Nothing was sent.`,
    status: 0,
  })
}

function problemOf(part: string): string | undefined {
  if (part === "") return "it is empty"
  if (part === "." || part === "..") return `whoever parses a path takes "${part}" out of it`
  if (CONTROL_CHARACTERS.test(part)) return "it has control characters"
  if (SURROGATES.test(part)) return "it has half a surrogate pair, which UTF-8 cannot carry"
  return undefined
}
