// Shards: the index's objects as others reach them: runs, starters, lists, and the shards each other.
// Owns: their names, and one call to one of them. Must not touch: what they do.

import { valueOf, type Answer } from "../answer.ts"
import { placesOf, shardCount, SHARDS_MAX } from "./placement.ts"
import type { Addressed, ShardDoor } from "./messages.ts"

/** The namespace of the shards. */
export interface ShardNamespace {
  idFromName(name: string): DurableObjectId
  get(id: DurableObjectId): ShardDoor
}

/** What is read of the Worker's bindings and variables. */
export interface IndexEnvironment {
  readonly INDEX?: ShardNamespace
  readonly BELAY_INDEX_SHARDS?: string
}

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

  /**
   * Tells the two that keep this run: those that do by what they know, where that are more shards than the setting says.
   * @throws like `tell`
   */
  async tellBoth(
    id: string,
    work: (door: ShardDoor, to: Addressed) => Promise<Answer<number>>,
  ): Promise<void> {
    for (;;) {
      const count = this.#count
      const known = await Promise.all(this.of(id).map((shard) => this.tell(shard, work)))
      this.#count = Math.min(Math.max(this.#count, ...known), SHARDS_MAX)
      if (this.#count === count) return
    }
  }
}

/** @returns `undefined` where no index is bound. */
export function shardsOf({ INDEX, BELAY_INDEX_SHARDS }: IndexEnvironment): Shards | undefined {
  return INDEX === undefined ? undefined : new Shards(INDEX, shardCount(BELAY_INDEX_SHARDS))
}
