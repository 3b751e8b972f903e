// Index audit: in the end the index says of every run what the run says of itself, in both of its places, and of no other.
// Owns: that comparison, and for which runs it must hold. Must not touch: how a shard keeps its cards.
//   A1. A start that nobody was answered may have died with its announcement; whoever wants the run asks again.

import { placesOf, SHARDS_DEFAULT } from "../../../src/object/run-index/placement.ts"
import type { Row, SimulatedObject, World } from "../words.ts"

const RUN = "SELECT id, incarnation, status, changes, parent, forked_from FROM run"
const CARDS = "SELECT id, incarnation, status, changes FROM runs"
const COPIES = "SELECT id, incarnation, changes FROM copies"
const UNREAD = "SELECT id FROM unread"

/** @throws Error that says which card is wrong */
export function auditIndex(world: World, answered: ReadonlySet<string>): void {
  const runs = new Map<string, Row>()
  for (const object of world.objects) {
    const [run] = object.binding === "RUNS" && object.has("run") ? object.rows(RUN) : []
    if (run !== undefined) runs.set(String(run["id"]), run)
  }
  const shards = Array.from({ length: SHARDS_DEFAULT }, (_, n) =>
    world.object("INDEX", `shard ${n}`),
  )
  for (const shard of shards) auditShard(shard, runs)
  for (const [id, run] of runs) {
    const { home, copy } = placesOf(id, SHARDS_DEFAULT)
    const isOwed =
      run["parent"] !== null ||
      run["forked_from"] !== null ||
      answered.has(String(run["incarnation"]))
    if (!isOwed) continue
    for (const [place, sql] of [
      [home, CARDS],
      [copy, COPIES],
    ] as const) {
      const cards = shards[place]?.has("shard") === true ? shards[place].rows(sql) : []
      if (!cards.some((card) => card["id"] === id)) {
        throw new Error(`Shard ${place} of the index has never heard of run "${id}".`)
      }
    }
  }
}

/** Whatever it has is as the run has it. */
function auditShard(shard: SimulatedObject | undefined, runs: ReadonlyMap<string, Row>): void {
  if (shard?.has("shard") !== true) return
  const [unread] = shard.rows(UNREAD)
  if (unread !== undefined) {
    throw new Error(`${shard.name} of the index has not read run "${String(unread["id"])}".`)
  }
  for (const card of [...shard.rows(CARDS), ...shard.rows(COPIES)]) {
    const run = runs.get(String(card["id"]))
    const odd = Object.entries(card).find(([column, value]) => run?.[column] !== value)
    if (odd === undefined) continue
    throw new Error(
      `${shard.name} of the index has the card ${JSON.stringify(card)}; the run itself says ${JSON.stringify(run ?? "nothing, it is gone")}.`,
    )
  }
}
