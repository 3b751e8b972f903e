// Long values: values that are too long to be kept for every entry: they are left out, and asked for when one looks.
// Owns: which ones, and where each can be read again. Must not touch: how a value looks.
//   L1. A page that watches a run with thousands of megabytes of values keeps few of them in memory.

import * as v from "valibot"
import type { Api } from "../api.ts"
import { followEvents, type RunEvent } from "../events.ts"
import { ENTRY_EVENT, type EntryEvent } from "./entry-event.ts"

/** An event that is longer is kept without its value. */
const KEPT_UNITS_MAX = 64 * 1024

interface Place {
  /** The event before the one that has it. */
  readonly after: string | undefined
  readonly units: number
}

export class LongValues {
  readonly #places = new Map<string, Place>()
  readonly #api: Api
  readonly #runId: string

  constructor(api: Api, runId: string) {
    this.#api = api
    this.#runId = runId
  }

  reset(): void {
    this.#places.clear()
  }

  /** The entry as it is kept. @param after the id of the event before */
  keep(entry: EntryEvent, { units }: RunEvent, after: string | undefined): EntryEvent {
    if (units <= KEPT_UNITS_MAX || entry.value === undefined) {
      this.#places.delete(entry.path)
      return entry
    }
    this.#places.set(entry.path, { after, units })
    return { ...entry, value: undefined }
  }

  /** About how long the value of this entry is, if it was left out. */
  unitsOf({ path, value }: EntryEvent): number | undefined {
    return value === undefined ? this.#places.get(path)?.units : undefined
  }

  /** The value, read again. */
  async read({ path }: EntryEvent, signal: AbortSignal): Promise<unknown> {
    const reading = new AbortController()
    const found = Promise.withResolvers<unknown>()
    const reader = {
      signal: AbortSignal.any([signal, reading.signal]),
      after: this.#places.get(path)?.after,
      onEvent: ({ event, data }: RunEvent) => {
        if (event !== "entry") return
        found.resolve(v.parse(ENTRY_EVENT, data).value)
        reading.abort()
      },
      onBreak: (reason: Error | undefined) => {
        if (reason !== undefined) found.reject(reason)
        reading.abort()
      },
    }
    await Promise.all([found.promise, followEvents(this.#api, this.#runId, reader)])
    return found.promise
  }
}
