// Composites: race, any, all and allSettled over operations and futures.
// Owns: who decides, and the composite's own outcome. Must not touch: how members are performed.
//   P1. The first member to be recorded decides, for ever (promise 8): members settle in the journal's order.
//   P2. The composite settles only when its losers have settled.
//   P3. It cancels only what its own fiber began; a future of another fiber goes on without it.
//   P4. A bound holds for members that are open; the next one starts where one has ended, so the same on every replay.

import { decode, encode, encodeThrown } from "../values/codec.ts"
import { outlives } from "./children.ts"
import type { Core } from "./core.ts"
import type { Outcome } from "../ports/journal.ts"
import { Entry, type CancelReason, type CompositeBody } from "./tree.ts"
import { cancelledOutcome, valueOfEntry } from "./outcomes.ts"

export type CompositeEntry = Entry & { readonly body: CompositeBody }

export function isComposite(entry: Entry): entry is CompositeEntry {
  return entry.body.type === "composite"
}

const LOST: CancelReason = {
  state: "cancelled",
  message: "Another member of the race came first.",
  leavesChildren: true,
}

export class Composites {
  readonly #core: Core

  constructor(core: Core) {
    this.#core = core
  }

  /** Starts the members in order, as many as may be open; stops when one has decided the whole. */
  start(entry: CompositeEntry): void {
    const { body } = entry
    // A member that settles at once comes back here: the loop that started it goes on.
    if (body.starting) return
    body.starting = true
    while (this.#mayStart(body)) this.#startNext(entry)
    body.starting = false
    this.#settleIfDone(entry)
  }

  #mayStart(body: CompositeBody): boolean {
    return (
      body.decided === undefined &&
      body.cancelled === undefined &&
      body.open < body.concurrency &&
      body.started < body.members.operations.length &&
      !this.#core.isStopped
    )
  }

  #startNext(entry: CompositeEntry): void {
    const { body, owner } = entry
    const index = body.started++
    const operation = body.members.operations[index]
    if (operation === undefined) return
    const { spec } = operation
    const member =
      spec.kind === "await" && spec.entry instanceof Entry
        ? spec.entry
        : this.#core.create(owner, operation, `${entry.path}.${index}`)
    member.observed = true
    member.owner.unobservedFailures.delete(member)
    body.entries[index] = member
    body.open++
    if (member.outcome === undefined) member.waiters.push({ type: "member", of: entry, index })
    else this.memberSettled(entry, index)
  }

  memberSettled(entry: CompositeEntry, index: number): void {
    const { body } = entry
    body.open--
    keepOutcome(body, index)
    if (entry.outcome !== undefined) return
    if (body.decided === undefined && body.cancelled === undefined && this.#decides(entry, index)) {
      body.decided = index
      for (const [other, member] of body.entries.entries()) {
        if (other === index || member === undefined) continue
        if (isOwn(entry, member)) this.#core.cancel(member, LOST)
        else leave(entry, member)
      }
    }
    this.start(entry)
  }

  cancel(entry: CompositeEntry, reason: CancelReason): void {
    this.condemn(entry, reason)
    for (const member of [...entry.body.entries].reverse()) {
      if (member !== undefined && isOwn(entry, member)) this.#core.cancel(member, reason)
    }
    this.#settleIfDone(entry)
  }

  /** From now on nothing decides any more: it ends cancelled, once its members have ended. */
  condemn(entry: CompositeEntry, reason: CancelReason): void {
    const { body } = entry
    if (body.cancelled !== undefined) return
    body.cancelled = reason
    for (const member of body.entries) {
      if (member !== undefined && !isOwn(entry, member)) leave(entry, member)
    }
  }

  #decides(entry: CompositeEntry, index: number): boolean {
    const isCompleted = entry.body.outcomes[index]?.state === "completed"
    switch (entry.body.composite) {
      case "race":
        return true
      case "any":
        return isCompleted
      case "all":
        return !isCompleted
      case "allSettled":
        return false
    }
  }

  #settleIfDone(entry: CompositeEntry): void {
    const { body } = entry
    if (body.starting || body.open > 0 || entry.outcome !== undefined) return
    if (body.cancelled !== undefined) {
      return this.#core.settle(entry, cancelledOutcome(body.cancelled))
    }
    this.#core.settle(entry, this.#outcome(entry))
  }

  #outcome(entry: CompositeEntry): Outcome {
    const { body } = entry
    const decided = body.decided === undefined ? undefined : body.outcomes[body.decided]
    if (decided !== undefined && decided.state !== "completed") {
      return { state: "failed", text: decided.text }
    }
    if (body.decided !== undefined) {
      return { state: "completed", text: encode({ key: keyOf(body, body.decided) }) }
    }
    if (body.composite === "any") {
      const errors = body.outcomes.map((outcome) => outcome && decode(outcome.text))
      return {
        state: "failed",
        text: encodeThrown(new AggregateError(errors, "Every member of any failed.")),
      }
    }
    return { state: "completed", text: "null" }
  }

  /** What `yield*` gives: made of the members, so that nothing is stored twice. */
  valueOf(entry: CompositeEntry): unknown {
    const { body } = entry
    if (body.decided !== undefined) {
      return { key: keyOf(body, body.decided), value: this.#valueOfMember(body, body.decided) }
    }
    const values = body.members.operations.map((_, index) => {
      const outcome = body.outcomes[index]
      if (outcome === undefined) return undefined
      if (body.composite === "all") return this.#valueOfMember(body, index)
      return outcome.state === "completed"
        ? { status: "fulfilled", value: this.#valueOfMember(body, index) }
        : { status: "rejected", reason: decode(outcome.text) }
    })
    if (body.members.isList) return values
    return Object.fromEntries(body.members.keys.map((key, index) => [key, values[index]]))
  }

  #valueOfMember(body: CompositeBody, index: number): unknown {
    const member = body.entries[index]
    if (member === undefined) return decode(body.outcomes[index]?.text ?? "null")
    return isComposite(member) ? this.valueOf(member) : valueOfEntry(this.#core.ports.store, member)
  }
}

/** A composite's value is made of its members, a message's of the inbox; of all others the outcome says everything. */
function keepOutcome(body: CompositeBody, index: number): void {
  const member = body.entries[index]
  body.outcomes[index] = member?.outcome
  if (member?.body.type !== "composite" && member?.body.type !== "receive") {
    body.entries[index] = undefined
  }
}

/** Whether the end of the composite is the member's end as well. */
function isOwn(entry: CompositeEntry, member: Entry): boolean {
  return member.owner === entry.owner && !outlives(member)
}

/** The composite does not wait for this member any more; whoever began it decides what becomes of it. */
function leave(entry: CompositeEntry, member: Entry): void {
  const index = member.waiters.findIndex(
    (waiter) => waiter.type === "member" && waiter.of === entry,
  )
  if (index < 0) return
  member.waiters.splice(index, 1)
  entry.body.open--
}

function keyOf(body: CompositeBody, index: number): string | number {
  return body.members.isList ? index : (body.members.keys[index] ?? index)
}
