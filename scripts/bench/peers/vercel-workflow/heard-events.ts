// Heard events: what the world has recorded of a run, for whoever waits for it, so that nobody has to read its files again
// and again until it is there.
// Owns: the waiting. Must not touch: what is recorded.

import type { LocalWorld } from "@workflow/world-local"

/** What can be waited for, of each run once. */
export type Heard = "ended" | "waits for a hook"

const HEARD: Readonly<Record<string, Heard>> = {
  run_completed: "ended",
  run_failed: "ended",
  run_cancelled: "ended",
  hook_created: "waits for a hook",
}

export class HeardEvents {
  readonly #heard = new Map<string, PromiseWithResolvers<void>>()

  /** The world, heard. */
  of(world: LocalWorld): LocalWorld {
    const create = async (...given: unknown[]): Promise<unknown> => {
      const [runId, event] = given as [string, { readonly eventType: string }]
      const record = world.events.create as (...given: unknown[]) => Promise<unknown>
      const recorded = await record(...given)
      const heard = HEARD[event.eventType]
      if (heard !== undefined) this.#of(runId, heard).resolve()
      return recorded
    }
    return { ...world, events: { ...world.events, create: create as typeof world.events.create } }
  }

  /** Resolves when it has been recorded, before or after this call. */
  async until(runId: string, heard: Heard): Promise<void> {
    await this.#of(runId, heard).promise
    this.#heard.delete(keyOf(runId, heard))
  }

  #of(runId: string, heard: Heard): PromiseWithResolvers<void> {
    const key = keyOf(runId, heard)
    let found = this.#heard.get(key)
    if (found === undefined) {
      found = Promise.withResolvers()
      this.#heard.set(key, found)
    }
    return found
  }
}

function keyOf(runId: string, heard: Heard): string {
  return `${runId} ${heard}`
}
