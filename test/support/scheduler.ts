// Scheduler: what happens next in a world, decided by a seed: which attempt ends, which message comes, whether time passes.
// Owns: the choice. It looks only at what is on record, so that a world that crashed is led the same way again.

import { CancelledError } from "../../src/engine/errors.ts"
import type { World } from "./world.ts"

interface Choice {
  readonly key: string
  readonly happen: () => Promise<void>
}

export interface SchedulerOptions {
  readonly seed: number
  /** The run is cancelled some time, unless it ends before. */
  readonly isCancelled: boolean
}

export class Scheduler {
  readonly #world: World
  readonly #options: SchedulerOptions
  #isCancelAsked = false

  constructor(world: World, options: SchedulerOptions) {
    this.#world = world
    this.#options = options
  }

  /** Whether anything can happen from outside. */
  get canGoOn(): boolean {
    return !this.#world.isOver && this.#choices().length > 0
  }

  /** Lets the next thing happen. @returns false when the run is over. */
  async next(): Promise<boolean> {
    if (this.#world.isOver) return false
    const [first, ...others] = this.#choices()
    if (first === undefined) {
      throw new Error(`The run is stuck: ${JSON.stringify(this.#world.lines)}`)
    }
    const rank = ({ key }: Choice) => ranked(this.#options.seed, key)
    const chosen = others.reduce(
      (least, other) => (rank(other) < rank(least) ? other : least),
      first,
    )
    await chosen.happen()
    return !this.#world.isOver
  }

  async toTheEnd(): Promise<void> {
    for (let count = 0; await this.next(); count++) {
      if (count > 2_000) throw new Error("The run does not come to an end.")
    }
  }

  #choices(): Choice[] {
    const world = this.#world
    const choices: Choice[] = world.steps.pending.map(({ name, path, input }) => ({
      key: `attempt ${path}`,
      happen: () =>
        // An argument that says so: of a step the first, of a fold's the item.
        input.includes(true)
          ? world.fail(path, new Error(`${name} failed`))
          : world.finish(path, `done ${path}`),
    }))
    let dueMs: number | undefined
    for (const wait of world.waits) {
      if (wait.dueMs !== undefined) dueMs = Math.min(dueMs ?? Infinity, wait.dueMs)
      const { kind, path, name = "" } = wait
      const key = `${kind} ${path}`
      if (kind === "signal") choices.push({ key, happen: () => world.signal(name, `to ${path}`) })
      if (kind === "update") choices.push({ key, happen: () => this.#update(name, path) })
      if (kind === "promise") choices.push({ key, happen: () => this.#settle(path) })
    }
    for (const [path, { start, outcome }] of world.store.children) {
      if (outcome !== undefined) continue
      const key = `child ${path} ${start.attempt}`
      choices.push({ key, happen: () => this.#endChild(path, start.id, key) })
    }
    if (dueMs !== undefined) {
      const atMs = dueMs
      choices.push({ key: `due ${atMs - world.startMs}`, happen: () => this.#passTime(atMs) })
    }
    if (this.#options.isCancelled && !this.#isCancelAsked) {
      choices.push({ key: "cancel", happen: () => this.#cancel() })
    }
    return choices
  }

  async #update(name: string, path: string): Promise<void> {
    await this.#world.update(name, path.length)
  }

  /** One that was told to end may all the same end well, as one that was about to. */
  async #endChild(path: string, id: string, key: string): Promise<void> {
    const rank = ranked(this.#options.seed, `end ${key}`)
    const isStopped = this.#world.store.sentToChildren.some(
      (sent) => sent.what === "stop" && sent.id === id,
    )
    if (rank < 0.3) await this.#world.childEnds(path, { error: new Error(`${key} failed`) })
    else if (isStopped && rank < 0.8) {
      const error = new CancelledError(`${key} stopped`)
      await this.#world.childEnds(path, { error, state: "cancelled" })
    } else await this.#world.childEnds(path, { value: key })
  }

  async #settle(path: string): Promise<void> {
    const token = this.#world.store.promises.get(path)?.token ?? ""
    const fails = ranked(this.#options.seed, `fails ${path}`) < 0.3
    await this.#world.settlePromise(
      token,
      fails ? { error: new Error(`${path} denied`) } : { value: path },
    )
  }

  async #passTime(atMs: number): Promise<void> {
    this.#world.clock.advanceTo(atMs)
    await this.#world.wake()
  }

  async #cancel(): Promise<void> {
    this.#isCancelAsked = true
    await this.#world.cancel()
  }
}

/** A number in [0, 1) that depends on nothing but seed and key. */
export function ranked(seed: number, key: string): number {
  let hash = seed ^ 0x9e3779b9
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash ^= hash >>> 13
  return (hash >>> 0) / 2 ** 32
}
