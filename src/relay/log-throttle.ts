// A log that a flood of requests cannot fill.
// Owns: how many entries of one kind may stand in one second. What is beyond is counted, and told when the second is
// over: `suppressed`, of what, how many. Entries that no caller can cause by asking often always pass.
import type { RelayLog, RelayLogEntry, RelayLogEvent } from "./relay-log.ts"

/** Entries of one kind in one second. */
const ENTRIES_MAX = 20

const SECOND_MS = 1_000

export class LogThrottle {
  readonly #log: RelayLog
  readonly #unbounded: readonly RelayLogEvent[]
  readonly #counts: Record<RelayLogEvent, number> = {
    request: 0,
    auth_refused: 0,
    call_failed: 0,
    request_failed: 0,
  }
  #timer: NodeJS.Timeout | undefined

  /** @param unbounded what the operator wants to see whole. */
  constructor(log: RelayLog, unbounded: readonly RelayLogEvent[] = []) {
    this.#log = log
    this.#unbounded = unbounded
  }

  /** Writes the entry, or counts it. */
  write(entry: RelayLogEntry): void {
    const { event } = entry
    if (!isFrequent(event, this.#counts) || this.#unbounded.includes(event)) {
      return this.#log(entry)
    }
    this.#counts[event] += 1
    this.#timer ??= setTimeout(() => this.flush(), SECOND_MS).unref()
    if (this.#counts[event] <= ENTRIES_MAX) this.#log(entry)
  }

  /** Tells what was suppressed and begins a new second. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const of of Object.keys(this.#counts) as RelayLogEvent[]) {
      const count = this.#counts[of] - ENTRIES_MAX
      this.#counts[of] = 0
      if (count > 0) this.#log({ event: "suppressed", of, count })
    }
  }
}

function isFrequent(
  event: RelayLogEntry["event"],
  counts: Readonly<Record<RelayLogEvent, number>>,
): event is RelayLogEvent {
  return event in counts
}
