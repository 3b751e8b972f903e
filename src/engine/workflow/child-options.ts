// Child options: what may be asked of a child run, checked where the workflow asks for it.
// Owns: the checks. Must not touch: what the options lead to (children.ts).

import { optionalDuration } from "./argument-checks.ts"
import { utf8Bytes } from "../values/codec.ts"
import { InvalidOperationError } from "../errors.ts"
import { RUN_ID_BYTES_MAX, TAG_BYTES_MAX, TAGS_MAX } from "../limits.ts"
import { isTags } from "./tags.ts"
import type { CallOptions, ChildOptions } from "./operation.ts"

const CLOSES: ReadonlySet<unknown> = new Set(["cancel", "abandon", "wait"])

/** What a child has and a step has not. */
const CHILD_ONLY = ["id", "version", "tags", "delayMs", "parentClose"] as const

/** @throws InvalidOperationError for one that cannot be obeyed */
export function requireChildOptions({
  id,
  version,
  tags,
  delayMs,
  parentClose,
}: ChildOptions): void {
  if (id !== undefined && !isRunId(id)) {
    throw new InvalidOperationError(
      `The id of a child is 1 to ${RUN_ID_BYTES_MAX} bytes of text without control characters and neither "." nor "..", got ${JSON.stringify(id)}.`,
    )
  }
  if (version !== undefined && (!Number.isSafeInteger(version) || version < 1)) {
    throw new InvalidOperationError(`A version is a whole number from 1, got ${String(version)}.`)
  }
  if (tags !== undefined && !isTags(tags)) {
    throw new InvalidOperationError(
      `Tags are an object of at most ${TAGS_MAX} strings of at most ${TAG_BYTES_MAX} bytes each.`,
    )
  }
  optionalDuration("delayMs", delayMs)
  if (parentClose !== undefined && !CLOSES.has(parentClose)) {
    throw new InvalidOperationError(
      `parentClose is "cancel", "abandon" or "wait", got ${JSON.stringify(parentClose)}.`,
    )
  }
}

/** @throws InvalidOperationError when a step is given what only a child can obey */
export function refuseChildOptions(options: CallOptions): void {
  const found = CHILD_ONLY.find((name) => options[name] !== undefined)
  if (found === undefined) return
  throw new InvalidOperationError(
    `The option "${found}" is for child runs (ctx.rpc, beginRpc, detached); a step has no such thing.`,
  )
}

function isRunId(id: unknown): boolean {
  return (
    typeof id === "string" &&
    id !== "" &&
    id !== "." &&
    id !== ".." &&
    utf8Bytes(id) <= RUN_ID_BYTES_MAX &&
    // Half a surrogate pair is no UTF-8: no path could lead to the child.
    id.isWellFormed() &&
    !/[\u0000-\u001f\u007f-\u009f]/.test(id)
  )
}
