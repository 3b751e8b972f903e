// Fields: the parts that the systems' inputs have in common, as schemas whose messages a person can act on.
// Owns: what a name, an amount and an id inside a run id may be. Must not touch: HTTP.

import * as v from "valibot"
import { utf8Bytes } from "../engine/values/codec.ts"
import { RUN_ID_BYTES_MAX } from "../engine/limits.ts"

const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/

/** URL parsers remove these from paths, so nothing of such a name could ever be asked for. */
const REMOVED_FROM_PATHS: ReadonlySet<string> = new Set([".", ".."])

/** A name chosen by the caller: 1 to `bytesMax` bytes of UTF-8 without control characters, not "." or "..". */
export function nameField(bytesMax: number = RUN_ID_BYTES_MAX) {
  return v.pipe(
    v.string((issue) => `expected text, got ${issue.received}`),
    v.check(
      (name) =>
        name !== "" &&
        utf8Bytes(name) <= bytesMax &&
        !CONTROL_CHARACTERS.test(name) &&
        // Half a surrogate pair is no UTF-8: no path can carry it.
        name.isWellFormed() &&
        !REMOVED_FROM_PATHS.has(name),
      `expected 1 to ${bytesMax} bytes of UTF-8 without control characters, not "." or ".."`,
    ),
  )
}

/** A name that becomes part of a run id, behind `prefix`. */
export function runIdPartField(prefix: string) {
  return nameField(RUN_ID_BYTES_MAX - utf8Bytes(prefix))
}

/** A whole number that JSON carries exactly; money in minor units is one. */
export function wholeNumberField(least: number, most: number = Number.MAX_SAFE_INTEGER) {
  return v.custom<number>(
    (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most,
    (issue) => `expected a whole number from ${least} to ${most}, got ${issue.received}`,
  )
}
