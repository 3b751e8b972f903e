// Announced copies: tells the other place of each run what was announced here, before anybody has read the run.
// Owns: what is told together, and when. Must not touch: rows, and who reads the run (shard-reader.ts).
//   C1. A start waits for its home alone; a moment later two shards know of the run, and one may lose its disk.
//   C2. It is told once. Who does not hear it learns of the run with its card, when its home has read it.

import { logFailure } from "../run-log.ts"
import { ANNOUNCED_MAX } from "./messages.ts"
import type { ShardParts } from "./shard-parts.ts"

/** What is announced meanwhile is one message to each other shard. */
const TELL_AFTER_MS = 200

function untold(error: unknown): void {
  logFailure("A shard of the index did not hear of starts; it does when they are read.", error, {})
}

export class AnnouncedCopies {
  readonly #parts: ShardParts
  #ids: string[] = []

  constructor(parts: ShardParts) {
    this.#parts = parts
  }

  /** @param ids of which this shard is the home */
  tellSoon(ids: readonly string[]): void {
    if (ids.length === 0) return
    const isFirst = this.#ids.length === 0
    this.#ids.push(...ids)
    // Not a timer of a run: it is read by an alarm that is set, whatever becomes of this.
    if (isFirst) setTimeout(() => void this.#tell().catch(untold), TELL_AFTER_MS)
  }

  async #tell(): Promise<void> {
    const ids = this.#ids
    this.#ids = []
    const { unread } = this.#parts
    const shards = this.#parts.shards()
    // Who was read meanwhile is known there by its card.
    const idsOf = Map.groupBy(
      ids.filter((id) => unread.has(id)),
      (id) => shards.of(id)[1],
    )
    const told = [...idsOf].map(async ([shard, all]) => {
      for (let at = 0; at < all.length; at += ANNOUNCED_MAX) {
        const some = all.slice(at, at + ANNOUNCED_MAX)
        await shards.tell(shard, (door, to) => door.announce({ ids: some, ...to }))
      }
    })
    await Promise.all(told)
  }
}
