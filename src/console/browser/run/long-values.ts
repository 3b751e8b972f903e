// Long values: values that are too long to be kept for every entry: they are left out, and asked for when one looks.
// Owns: which ones, and where each can be read again. Must not touch: how a value looks.
//   L1. A page that watches a run with thousands of megabytes of values keeps few of them in memory.

import * as v from "valibot"
import { JOURNAL } from "../answers.ts"
import { pathTo, withQuery, type Api } from "../api.ts"
import { followEvents, type RunEvent } from "../events.ts"
import { ENTRY_EVENT, type EntryEvent } from "./entry-event.ts"

/** An event that is longer is kept without its value. */
const KEPT_UNITS_MAX = 64 * 1024

/** What the server leaves out of an event is longer than this. */
const TOLD_UNITS_MAX = 256 * 1024

/** Entries asked for at once, on the way to the one that is looked for. */
const PAGE_SIZE = 1_000

/** About how long a value is, or how long at least. */
export interface ValueLength {
  readonly units: number
  readonly isLeast: boolean
}

interface Place extends ValueLength {
  /** The event before the one that has it. */
  readonly after: string | undefined
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
    if (entry.omitted === true) {
      this.#places.set(entry.path, { after, units: TOLD_UNITS_MAX, isLeast: true })
      return entry
    }
    if (units <= KEPT_UNITS_MAX || entry.value === undefined) {
      this.#places.delete(entry.path)
      return entry
    }
    this.#places.set(entry.path, { after, units, isLeast: false })
    return { ...entry, value: undefined }
  }

  /** How long the value of this entry is, if it was left out. */
  lengthOf({ path, value }: EntryEvent): ValueLength | undefined {
    return value === undefined ? this.#places.get(path) : undefined
  }

  /** The value, or the error, read again. */
  async read(entry: EntryEvent, signal: AbortSignal): Promise<unknown> {
    return entry.omitted === true
      ? this.#readJournal(entry.path, signal)
      : this.#readEvent(entry.path, signal)
  }

  async #readJournal(path: string, signal: AbortSignal): Promise<unknown> {
    const journal = pathTo("v1", "runs", this.#runId, "journal")
    let after: string | undefined
    do {
      const address = withQuery(journal, { after, limit: PAGE_SIZE })
      const page = await this.#api.ask(address, JOURNAL, { signal })
      const found = page.entries.find((entry) => entry.path === path && entry.kind !== "operator")
      if (found !== undefined) return found.value ?? found.error
      after = page.next
    } while (after !== undefined)
    throw new Error(
      "The entry does not stand in the journal any more; the run has gone on without it.",
    )
  }

  async #readEvent(path: string, signal: AbortSignal): Promise<unknown> {
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
