// Patches: whether a run is on the code before or after a change: a marker in its journal says so.
// Owns: the markers and the answers. Must not touch: what the workflow does with them.
//   A1. A marker takes no path of the workflow's own, so the old path of a run without it stays as it was recorded.
//   A2. A run has one answer for each name: once it was on the old path it stays there, also in later turns of a loop.
//   A3. A cancellation that is about to be thrown goes by: the old path, which does not ask, receives it at what follows.
//   A4. No answer is ever "false" at the journal's end: whoever gets there first is on the new path.

import type { Core } from "./core.ts"
import { inputDigest } from "../values/input-digest.ts"
import type { JournalRecord } from "../ports/journal.ts"
import type { OperationSpec } from "../workflow/operation.ts"
import type { Fiber } from "./tree.ts"

type PatchSpec = Extract<OperationSpec, { kind: "patched" | "deprecatePatch" }>

const MARK = "patch:"

export class Patches {
  readonly #core: Core
  readonly #answers = new Map<string, boolean>()

  constructor(core: Core) {
    this.#core = core
  }

  answer(fiber: Fiber, { kind, name }: PatchSpec): boolean | undefined {
    if (kind === "patched") return this.#isPatched(fiber, name)
    this.#deprecate(fiber, name)
    return undefined
  }

  /** Whether the run takes the new path. */
  #isPatched(fiber: Fiber, name: string): boolean {
    const known = this.#answers.get(name)
    if (known !== undefined) return known
    const isPatched = this.#take(fiber, name) || this.#mark(fiber, name)
    this.#answers.set(name, isPatched)
    return isPatched
  }

  /** Every run takes the new path now; a marker that an older one has is passed over. */
  #deprecate(fiber: Fiber, name: string): void {
    if (!this.#answers.has(name)) this.#take(fiber, name)
    this.#answers.set(name, true)
  }

  #take(fiber: Fiber, name: string): boolean {
    const next = this.#core.log.peek()
    if (next?.path !== pathOf(fiber, name) || !next.inline) return false
    this.#core.log.take()
    return true
  }

  /** At the journal's end alone: before it, the run was here without a marker. */
  #mark(fiber: Fiber, name: string): boolean {
    const { log } = this.#core
    if (log.peek() !== undefined) return false
    log.append({
      type: "completed",
      path: pathOf(fiber, name),
      kind: "step",
      name: `${MARK}${name}`,
      digest: inputDigest([]),
      attempt: 1,
      text: "true",
    })
    return true
  }
}

function pathOf({ pathPrefix }: Fiber, name: string): string {
  return `${pathPrefix}${MARK}${name}`
}

/** The name of the patch whose marker this is. */
export function patchOf({ path, name }: Pick<JournalRecord, "path" | "name">): string | undefined {
  const isMarker = name?.startsWith(MARK) === true && path.endsWith(name)
  return isMarker ? name.slice(MARK.length) : undefined
}
