// Agenda: what is going to happen, by the instant at which it is due.
// Owns: the order: earlier first, and what was planned first among equals. A binary heap.

/** One thing that the world will let happen. */
export interface Plan {
  /** In milliseconds since the world began. */
  readonly dueMs: number
  /** Whether it still makes sense; what does not is dropped without a trace. */
  readonly isDropped: () => boolean
  readonly happen: () => void
}

interface Planned {
  readonly plan: Plan
  readonly order: number
}

export class Agenda {
  readonly #heap: Planned[] = []
  #planned = 0

  add(plan: Plan): void {
    const heap = this.#heap
    const added = { plan, order: this.#planned++ }
    let at = heap.push(added) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || !isBefore(added, parent)) break
      heap[at] = parent
      at = above
    }
    heap[at] = added
  }

  /** The next that makes sense; `undefined` when there is none before `endMs`. */
  next(endMs: number): Plan | undefined {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined || first.plan.dueMs > endMs) return undefined
      this.#removeFirst()
      if (!first.plan.isDropped()) return first.plan
    }
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      let child = heap[below]
      if (child === undefined) break
      const right = heap[below + 1]
      if (right !== undefined && isBefore(right, child)) {
        child = right
        below++
      }
      if (!isBefore(child, last)) break
      heap[at] = child
      at = below
    }
    heap[at] = last
  }
}

function isBefore(left: Planned, right: Planned): boolean {
  if (left.plan.dueMs !== right.plan.dueMs) return left.plan.dueMs < right.plan.dueMs
  return left.order < right.order
}
