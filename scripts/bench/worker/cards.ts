// Cards: runs that never were, for lists that are measured.
// Owns: how they are spread over workflows, statuses, labels and time.

import type { RunCard } from "../../../src/engine/ports/run-index.ts"
import type { Shards } from "../../../src/object/run-index/shards.ts"

const FIRST_AT_MS = Date.parse("2026-01-01T00:00:00.000Z")

/** One run every so often. */
const APART_MS = 250

/** Tells the cards of these numbers to the two shards of each. */
export async function tellCards(shards: Shards, from: number, to: number): Promise<void> {
  const cardsOf = new Map<number, RunCard[]>()
  for (let n = from; n < to; n++) {
    const card = cardOf(n)
    for (const shard of shards.of(card.id)) {
      const some = cardsOf.get(shard) ?? []
      some.push(card)
      cardsOf.set(shard, some)
    }
  }
  await Promise.all(
    [...cardsOf].map(([shard, cards]) =>
      shards.tell(shard, (door, address) =>
        door.hear({ cards, gone: [], isCertain: false, ...address }),
      ),
    ),
  )
}

function cardOf(n: number): RunCard {
  const createdAtMs = FIRST_AT_MS + n * APART_MS
  const status = n % 1_000 === 0 ? "halted" : n % 10 === 0 ? "failed" : "completed"
  return {
    id: `run-${n}`,
    incarnation: "first",
    changes: 1,
    workflow: `w${n % 5}`,
    version: 1 + (n % 2),
    status,
    createdAtMs,
    startedAtMs: createdAtMs,
    changedAtMs: createdAtMs + 5,
    ...(status === "halted" ? {} : { endedAtMs: createdAtMs + 5 }),
    tags: { team: String(n % 100) },
    ...(n % 50 === 1 ? { parent: { id: `run-${n % 1_000 === 1 ? 42 : n - 1}`, path: "0" } } : {}),
    ...(status === "completed"
      ? {}
      : { problem: { code: "oops", message: "It did not go well." } }),
  }
}
