// Fold news: what readers are told of a fold while it goes on.
// Owns: the published state. Not a part of the journal: it follows from it, so it is never replayed.

import { attempted } from "../steps/attempted.ts"
import { textOfThrown } from "../values/bare-error.ts"
import { encode } from "../values/codec.ts"
import type { Core } from "../machine/core.ts"
import type { FoldEntry } from "../machine/tree.ts"

/** Before a fold comes to rest. @param isLast it has ended, however */
export function tellOfFold(core: Core, { path, body: { fold } }: FoldEntry, isLast = false): void {
  const { progress, publish } = fold.spec
  const { log, ports, run } = core
  const count = fold.untold()
  if (progress !== undefined && count !== undefined) ports.store.publish(progress, encode(count))
  if (publish === undefined) return
  const view = attempted(() => fold.published(isLast))
  if ("thrown" in view) {
    // A view that cannot be made harms nothing but the view.
    const error = textOfThrown(view.thrown)
    const what = `The view "${publish.name}" of a fold could not be made.`
    ports.host.log("warn", what, { run: run.id, path, error })
  } else if (view.value !== undefined) {
    ports.store.publish(publish.name, view.value)
    log.appendedBytes += view.value.length
  }
}
