// Promise 7: a signal is delivered once, in order per name, kept until consumed. A waiter that timed out never eats one.
// Every message that was accepted is either waiting, or consumed by a record of its id, or counted when the run ends.

import type { JournalRecord } from "../../../src/engine/ports/journal.ts"
import type { Check, Finding } from "./check.ts"
import type { RunView } from "./run-view.ts"
import { isFinal, type SignalFields } from "./rows.ts"

export const keptSignals: Check = {
  promise: "promise 7",
  says: "an accepted signal waits until it is consumed",
  stretch({ rows: before, sights }, { rows, appended, forgotten }) {
    if (rows.run === undefined || rows.inbox === before.inbox || before.inbox.length === 0) {
      return undefined
    }
    // Of a generation that is over only the workflow can tell what it consumed last.
    if (rows.run.generation !== before.run?.generation)
      return lostAtTurn(before.inbox, rows.inbox, sights.length)
    const left = new Set(rows.inbox.map(({ id }) => id))
    const consumed = new Set(appended.map(({ ref }) => ref))
    for (const { id, name } of before.inbox) {
      if (left.has(id) || consumed.has(id) || forgotten.some(({ ref }) => ref === id)) continue
      return {
        expected: `signal ${name} (${id}) to wait or to be consumed by a record`,
        found: "it is gone",
      }
    }
    return undefined
  },
}

/** More signals are gone than the workflow was handed anything. */
function lostAtTurn(
  before: readonly SignalFields[],
  after: readonly SignalFields[],
  seen: number,
): Finding | undefined {
  const left = new Set(after.map(({ id }) => id))
  const gone = before.filter(({ id }) => !left.has(id)).length
  if (gone <= seen) return undefined
  return {
    expected: `at most ${seen} signals consumed before the generation ended`,
    found: `${gone} are gone`,
  }
}

export const consumedOnce: Check = {
  promise: "promise 7",
  says: "a message is consumed once, in the order of its name",
  record(run, record) {
    const { ref, path } = record
    if (ref === undefined) return undefined
    const name = nameOf(run, record)
    for (const other of run.consuming) {
      if (other.ref === undefined || nameOf(run, other) !== name) continue
      if (other.ref === ref)
        return { path, expected: `message ${ref} consumed once`, found: `${other.path} has it` }
      if (other.ref > ref) {
        return {
          path,
          expected: `message ${ref} before ${other.ref}`,
          found: `${other.path} had that before`,
        }
      }
    }
    return undefined
  },
}

/** Whoever has waited longer for the name gets the message. */
export const firstWaiterFirst: Check = {
  promise: "promise 7",
  says: "of several who wait for a name the first one gets the message",
  record(run, record) {
    const { ref, path, seq } = record
    if (ref === undefined) return undefined
    const name = nameOf(run, record)
    const waitsSince = run.entries.get(path)?.first.seq ?? seq
    for (const { first, outcome } of run.entries.values()) {
      if (outcome !== undefined || first.seq >= waitsSince || first.path === path) continue
      if (`${first.kind} ${first.name}` !== name) continue
      return {
        path,
        expected: `message ${ref} to be handed to ${first.path}`,
        found: "it has come here",
      }
    }
    return undefined
  },
}

function nameOf(run: RunView, { kind, name, path }: JournalRecord): string {
  const first = kind === undefined ? run.entries.get(path)?.first : { kind, name }
  return `${first?.kind} ${first?.name}`
}

/** Put back by a person, a signal has its old place: what a record has consumed and was not cut is not there again. */
export const noGhosts: Check = {
  promise: "promise 7",
  says: "a consumed signal does not come back",
  commit({ rows, before, consuming }) {
    if (rows.inbox === before.inbox || rows.inbox.length === 0) return undefined
    const waiting = new Set(rows.inbox.map(({ id }) => id))
    for (const { ref, path } of consuming) {
      if (ref === undefined || !waiting.has(ref)) continue
      return {
        path,
        expected: `message ${ref}, which it consumed, to be gone`,
        found: "it waits still",
      }
    }
    return undefined
  },
}

/** `seq` of what a person did last, for each run. */
const lastVerbs = new WeakMap<RunView, number>()

/** Only one that lay there before, for which nobody else waited first, can have been meant for it. */
export const nothingPassedOver: Check = {
  promise: "promise 7",
  says: "a waiter does not time out over a message that came before",
  record(run, { path, type, seq }, { rows }) {
    if (type === "operator") lastVerbs.set(run, seq)
    if (type !== "timed_out") return undefined
    const first = run.entries.get(path)?.first
    if (first?.kind !== "signal") return undefined
    // What fell due while the run stood still, and what arrived then, meet when a person lets it go on: either may be
    // recorded first.
    if ((lastVerbs.get(run) ?? 0) > first.seq) return undefined
    // What lay there before the commit may have been taken within it, by a generation or a waiter that was there then.
    if (rows.run?.generation !== run.rows.run?.generation) return undefined
    if (!run.rows.waits.some(({ id }) => id === first.seq)) return undefined
    const ready = run.rows.inbox.filter(({ name }) => name === first.name).length
    const waiting = run.rows.waits.filter(
      ({ kind, name }) => kind === "signal" && name === first.name,
    ).length
    if (ready === 0 || ready < waiting) return undefined
    return { path, expected: `the signal ${first.name} that lay ready`, found: "it timed out" }
  },
}

/** The clock may have gone back so far in all, and numbers of messages do not. */
const CLOCK_BACK_MS_MAX = 6_000

/** Ids of messages tell when they came, in microseconds. One that rests is woken by every message, and looks at the clock first. */
export const nothingTooLate: Check = {
  promise: "promise 7",
  says: "a waiter gets no message that came after its time was up",
  record(run, { path, ref, atMs }, { appended }) {
    const first = run.entries.get(path)?.first
    if (ref === undefined || first?.dueMs === undefined) return undefined
    if (run.rows.run?.status !== "suspended" || run.operated) return undefined
    if (appended.some(({ type }) => type === "operator")) return undefined
    const cameMs = ref / 1_000
    if (Math.min(cameMs, atMs) <= first.dueMs + CLOCK_BACK_MS_MAX) return undefined
    return { path, expected: `a timeout at ${first.dueMs}`, found: `a message of ${cameMs}` }
  },
}

export const countedAtTheEnd: Check = {
  promise: "promise 7",
  says: "signals nobody consumed are counted in the ended run",
  commit({ rows }) {
    const { run, inbox } = rows
    if (run === undefined || !isFinal(run.status)) return undefined
    if (run.unconsumedSignals === inbox.length) return undefined
    return { expected: `${inbox.length} unconsumed signals`, found: `${run.unconsumedSignals}` }
  },
}

/**
 * One for each seed. A caller that was told so has sent its signal: it was in the inbox, or consumed at once. A
 * key holds for the whole run, whatever the name: the same one under another name sends nothing.
 */
export function acceptedSignals(): Check {
  const accepted = new Map<string, Set<number>>()
  const answered = new Map<string, Set<string>>()
  const place = (run: RunView) => `${run.id} ${run.incarnation}`
  const take = (at: string, id: number) => {
    const ids = accepted.get(at) ?? new Set<number>()
    ids.add(id)
    accepted.set(at, ids)
  }
  return {
    promise: "promise 7",
    says: "a signal that was answered was accepted",
    record(run, record) {
      if (record.ref === undefined) return undefined
      const first = record.kind === undefined ? run.entries.get(record.path)?.first : record
      if (first?.kind === "signal") take(place(run), record.ref)
      return undefined
    },
    commit(run) {
      if (run.rows.inbox === run.before.inbox) return undefined
      for (const { id } of run.rows.inbox) take(place(run), id)
      return undefined
    },
    answered(run, answer) {
      if (answer.verb !== "signal" || answer.result.type !== "ok") return undefined
      // What a turn of the generation has swept from the journal is not to be counted any more.
      if ((run.rows.run?.generation ?? 1) > 0) return undefined
      const at = place(run)
      const keys = answered.get(at) ?? new Set<string>()
      keys.add(answer.key ?? `no key ${keys.size}`)
      answered.set(at, keys)
      const count = accepted.get(at)?.size ?? 0
      if (count >= keys.size) return undefined
      return { expected: `${keys.size} signals accepted`, found: `${count}` }
    },
  }
}
