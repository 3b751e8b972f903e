// Published: the state a run has published, by name, as it is now.
// Owns: which names there are, and when they are asked for again. Must not touch: how a value looks.
//   P1. A name is asked for again when the journal tells that it was published again, and not before.

import * as v from "valibot"
import { ApiError, pathTo, type Api } from "../api.ts"
import type { EntryEvent } from "./entry-event.ts"

/** Names shown of one run. */
const NAMES_MAX = 12

const VALUE = v.unknown()

export class Published {
  readonly values = new Map<string, unknown>()
  readonly #stale = new Set<string>()
  readonly #api: Api
  readonly #runId: string
  readonly #signal: AbortSignal

  constructor(api: Api, runId: string, signal: AbortSignal) {
    this.#api = api
    this.#runId = runId
    this.#signal = signal
  }

  see({ kind, name }: EntryEvent): void {
    if (kind !== "publish" || name === undefined) return
    if (this.values.has(name) || this.values.size < NAMES_MAX) this.#stale.add(name)
  }

  /** Asks for what has changed; resolves with whether anything has. */
  async refresh(): Promise<boolean> {
    const names = [...this.#stale]
    this.#stale.clear()
    await Promise.all(names.map((name) => this.#ask(name)))
    return names.length > 0
  }

  async #ask(name: string): Promise<void> {
    const path = pathTo("v1", "runs", this.#runId, "state", name)
    try {
      this.values.set(name, await this.#api.ask(path, VALUE, { signal: this.#signal }))
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "state_unknown") {
        this.#stale.add(name)
        throw error
      }
      // A journal that was taken back may tell of a state that is not there any more.
      this.values.delete(name)
    }
  }
}
