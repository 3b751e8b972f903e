// Shard messages: what runs and their starters tell one shard of the index, in the numbers that are asked for.
// Owns: their form. There are no runs behind them, so the shard that is told is good for nothing else afterwards.

import type { RunCard } from "../../../src/engine/ports/run-index.ts"
import { Shards, type ShardNamespace } from "../../../src/object/run-index/shards.ts"

const SHARDS = 4

/** Under way at once. */
const AT_ONCE = 64

let next = 0

/** @param size how many runs one message is about */
export async function tellShard(
  namespace: ShardNamespace,
  what: string,
  messages: number,
  size: number,
): Promise<void> {
  const shards = new Shards(namespace, SHARDS)
  let left = messages
  const teller = async () => {
    while (left-- > 0) {
      const ids = Array.from({ length: size }, () => `nobody-${next++}`)
      await shards.tell(0, (door, to) =>
        what === "announce"
          ? door.announce({ ids, ...to })
          : door.hear({ cards: ids.map(cardOf), gone: [], isCertain: false, ...to }),
      )
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, teller))
}

function cardOf(id: string): RunCard {
  const nowMs = Date.now()
  return {
    id,
    incarnation: "first",
    changes: 1,
    workflow: "sleeper",
    version: 1,
    status: "completed",
    createdAtMs: nowMs,
    startedAtMs: nowMs,
    changedAtMs: nowMs,
    endedAtMs: nowMs,
    tags: {},
  }
}
