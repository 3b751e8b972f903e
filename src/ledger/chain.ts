// What a linked chain's outcomes mean as a whole.
// Owns: the class of a chain's members, and the recognition of a chain that is sent again.
//   C1. Every member of a broken chain has the class of the event that broke it.
//   C2. A committed chain that is sent again is a success: all its members read `exists`.
// A ledger does not say C2 by itself: the first member answers `exists`, which breaks the chain, so the rest
// answer `linked_event_failed` as if nothing had been paid. Only a lookup of all members tells.
import { hasFlag, TransferFlags } from "./flags.ts"
import type { Outcome } from "./outcome.ts"

/** A stored record beside the event with its id: how they compare, and the record's timestamp. */
export interface Comparison<Status extends string> {
  readonly status: Status
  readonly timestamp: bigint
}

interface Chain {
  readonly first: number
  readonly last: number
}

/** How the caller's kind of record is looked up and turned into an outcome. */
export interface ChainLookup<Status extends string> {
  /** Compares the events at these indexes with what is stored; an index nothing is stored for is left out. */
  readonly compare: (indexes: readonly number[]) => Promise<ReadonlyMap<number, Comparison<Status>>>
  readonly outcome: (status: Status, timestamp: bigint) => Outcome<Status>
}

/** Whether there is any chain among the events: mostly there is none, and nothing to settle. */
export function hasChain(events: readonly { readonly flags: number }[]): boolean {
  return events.some(isLinked)
}

/** The outcomes with C1 and C2 applied. Looks up only when a chain may have been sent again. */
export async function settleChains<Status extends string>(
  events: readonly { readonly flags: number }[],
  outcomes: readonly Outcome<Status>[],
  lookup: ChainLookup<Status>,
): Promise<Outcome<Status>[]> {
  const settled = [...outcomes]
  const chains = chainsIn(events)
  for (const chain of chains) applyBreakersClass(settled, chain)
  const sentAgain = chains.filter((chain) => mayBeSentAgain(outcomes, chain))
  if (sentAgain.length === 0) return settled
  const found = await lookup.compare(sentAgain.flatMap(indexesOf))
  for (const chain of sentAgain) applyComparison(settled, chain, found, lookup)
  return settled
}

// `linked` has the same bit for accounts and transfers.
function chainsIn(events: readonly { readonly flags: number }[]): Chain[] {
  const chains: Chain[] = []
  let first: number | undefined
  for (const [index, event] of events.entries()) {
    const linked = isLinked(event)
    if (linked) first ??= index
    if (first !== undefined && (!linked || index === events.length - 1)) {
      chains.push({ first, last: index })
      first = undefined
    }
  }
  return chains
}

function isLinked({ flags }: { readonly flags: number }): boolean {
  return hasFlag(flags, TransferFlags.linked)
}

function indexesOf(chain: Chain): number[] {
  return Array.from({ length: chain.last - chain.first + 1 }, (_, offset) => chain.first + offset)
}

function applyBreakersClass<Status extends string>(
  outcomes: Outcome<Status>[],
  chain: Chain,
): void {
  const members = outcomes.slice(chain.first, chain.last + 1)
  const breaker = members.find(
    ({ status }) => status !== "created" && status !== "linked_event_failed",
  )
  if (breaker === undefined) return
  // An `exists` broke it: that id was used before, outside this chain unless a lookup proves otherwise (C2).
  const chainClass = breaker.status === "exists" ? "conflict" : breaker.class
  for (const [offset, member] of members.entries()) {
    outcomes[chain.first + offset] = { ...member, class: chainClass }
  }
}

function mayBeSentAgain<Status extends string>(
  outcomes: readonly Outcome<Status>[],
  chain: Chain,
): boolean {
  const [head, ...rest] = outcomes.slice(chain.first, chain.last + 1)
  return (
    head?.status === "exists" &&
    rest.length > 0 &&
    rest.every(({ status }) => status === "linked_event_failed")
  )
}

function applyComparison<Status extends string>(
  outcomes: Outcome<Status>[],
  chain: Chain,
  found: ReadonlyMap<number, Comparison<Status>>,
  lookup: ChainLookup<Status>,
): void {
  const indexes = indexesOf(chain)
  const allExist = indexes.every((index) => found.get(index)?.status === "exists")
  for (const index of indexes) {
    const comparison = found.get(index)
    if (comparison === undefined) continue
    const outcome = lookup.outcome(comparison.status, comparison.timestamp)
    outcomes[index] = allExist ? outcome : { ...outcome, class: "conflict" }
  }
}
