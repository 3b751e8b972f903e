// Shards: the index's objects as others reach them: runs, starters, lists, and the shards each other.
// Owns: their names, and one call to one of them. Must not touch: what they do.

import { valueOf, type Answer } from "../answer.ts"
import type { Namespace } from "../namespace.ts"
import { placesOf, shardCount, SHARDS_MAX } from "./placement.ts"
import type { Addressed, ShardDoor } from "./messages.ts"

export type ShardNamespace = Namespace<ShardDoor>

/** What is read of the Worker's bindings and variables. */
export interface IndexEnvironment {
  readonly INDEX?: ShardNamespace
  readonly BELAY_INDEX_SHARDS?: string
}

/** Gives how many shards there are, as the one that is told knows it. */
type Telling = (door: ShardDoor, to: Addressed) => Promise<Answer<number>>

export class Shards {
  readonly #namespace: ShardNamespace
  #count: number

  constructor(namespace: ShardNamespace, count: number) {
    this.#namespace = namespace
    this.#count = count
  }

  get count(): number {
    return this.#count
  }

  get all(): number[] {
    return Array.from({ length: this.count }, (_, shard) => shard)
  }

  /** The two that keep this run: its home first. */
  of(id: string): readonly [number, number] {
    const { home, copy } = placesOf(id, this.count)
    return [home, copy]
  }

  /** @throws BelayError, or what the platform throws when the object cannot be reached */
  async tell<T>(
    shard: number,
    work: (door: ShardDoor, to: Addressed) => Promise<Answer<T>>,
  ): Promise<T> {
    // A fresh stub for each call, since a broken one stays broken.
    const door = this.#namespace.get(this.#namespace.idFromName(`shard ${shard}`))
    return valueOf(await work(door, { shard, shards: this.#count }))
  }

  /** Tells the two that keep this run. @throws like `tell` */
  tellBoth(id: string, work: Telling): Promise<void> {
    return this.#tellThose(() => this.of(id), work)
  }

  /** Tells the one that answers for this run. @throws like `tell` */
  tellHome(id: string, work: Telling): Promise<void> {
    return this.#tellThose(() => [this.of(id)[0]], work)
  }

  /** Where there are more shards than the setting says, those are told that keep it by what they know. */
  async #tellThose(places: () => readonly number[], work: Telling): Promise<void> {
    for (;;) {
      const count = this.#count
      const known = await Promise.all(places().map((shard) => this.tell(shard, work)))
      this.#count = Math.min(Math.max(this.#count, ...known), SHARDS_MAX)
      if (this.#count === count) return
    }
  }
}

/** @returns `undefined` where no index is bound. */
export function shardsOf({ INDEX, BELAY_INDEX_SHARDS }: IndexEnvironment): Shards | undefined {
  return INDEX === undefined ? undefined : new Shards(INDEX, shardCount(BELAY_INDEX_SHARDS))
}
