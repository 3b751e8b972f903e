// A request's events one after the other: their timestamps, linked chains and the import rule.
// Owns: everything that concerns more than one event. The creation itself is passed in.
//   B1. Event i of n gets the batch's time - n + i + 1: later events have later timestamps.
//   B2. A chain is kept whole or not at all; the event that broke it has its own status, the others
//       `linked_event_failed`.
//   B3. An id that was burned inside a chain stays burned although the chain is undone.
import { AccountFlags, hasFlag } from "../../ledger/flags.ts"
import { U63_MAX } from "../../ledger/integers.ts"
import type { Store } from "./store.ts"
import type { Verdict } from "./verdict.ts"

/** The part of an event that matters here; `linked` and `imported` have other bits by kind. */
interface Event {
  readonly flags: number
  readonly timestamp: bigint
}

/** Statuses that both kinds of event share. */
type SharedStatus =
  | "created"
  | "linked_event_failed"
  | "linked_event_chain_open"
  | "imported_event_expected"
  | "imported_event_not_expected"
  | "imported_event_timestamp_out_of_range"
  | "imported_event_timestamp_must_not_advance"
  | "timestamp_must_be_zero"

export interface BatchKind<Item extends Event, Status extends string> {
  readonly importedFlag: number
  readonly create: (event: Item, eventTimestamp: bigint) => Verdict<Status>
  /** Told of every refusal, after the chain it broke was undone. */
  readonly refused: (event: Item, verdict: Verdict<Status | SharedStatus>) => void
}

/** Runs the events in one transaction that the caller has opened. */
export function runBatch<Item extends Event, Status extends string>(
  store: Store,
  events: readonly Item[],
  batchTimestamp: bigint,
  kind: BatchKind<Item, Status>,
): Verdict<Status | SharedStatus>[] {
  const verdicts: Verdict<Status | SharedStatus>[] = []
  const importing = events[0] !== undefined && hasFlag(events[0].flags, kind.importedFlag)
  let chainStart: number | undefined
  let broken = false

  for (const [index, event] of events.entries()) {
    const eventTimestamp = batchTimestamp - BigInt(events.length - index - 1)
    const linked = hasFlag(event.flags, AccountFlags.linked)
    if (linked && chainStart === undefined) {
      chainStart = index
      broken = false
      store.openScope("chain")
    }
    const chainOpen = linked && index === events.length - 1
    const status = chainOpen
      ? "linked_event_chain_open"
      : broken
        ? "linked_event_failed"
        : checkImport(event, importing, batchTimestamp, kind.importedFlag)
    const verdict =
      status === undefined
        ? kind.create(event, eventTimestamp)
        : { status, timestamp: eventTimestamp }

    if (verdict.status !== "created") {
      if (chainStart !== undefined && !broken) {
        broken = true
        store.closeScope("chain", "discard")
        for (let earlier = chainStart; earlier < index; earlier++) {
          const timestamp = verdicts[earlier]?.timestamp ?? eventTimestamp
          verdicts[earlier] = { status: "linked_event_failed", timestamp }
        }
      }
      kind.refused(event, verdict)
    }
    verdicts.push(verdict)

    if (chainStart !== undefined && (!linked || chainOpen)) {
      if (!broken) store.closeScope("chain", "keep")
      chainStart = undefined
      broken = false
    }
  }
  return verdicts
}

function checkImport(
  event: Event,
  importing: boolean,
  batchTimestamp: bigint,
  importedFlag: number,
): SharedStatus | undefined {
  const imported = hasFlag(event.flags, importedFlag)
  if (imported && !importing) return "imported_event_not_expected"
  if (!imported && importing) return "imported_event_expected"
  if (!imported) return event.timestamp === 0n ? undefined : "timestamp_must_be_zero"
  if (event.timestamp < 1n || event.timestamp > U63_MAX) {
    return "imported_event_timestamp_out_of_range"
  }
  return event.timestamp < batchTimestamp ? undefined : "imported_event_timestamp_must_not_advance"
}
