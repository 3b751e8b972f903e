// Calls that arrive together are committed together: one write to the disk instead of one each.
// Owns: the queue and the isolation of its members. Knows no rule of the ledger.
//   G1. A call's promise is settled only after its transaction is on disk.
//   G2. A call that throws undoes itself alone; the others of its group are kept.
import type { Store } from "./store.ts"

interface Member {
  /** Does the work inside the transaction; remembers how it ended. */
  readonly work: () => void
  /** Tells the caller how it ended. */
  readonly settle: () => void
  readonly reject: (error: unknown) => void
}

export class CommitGroup {
  readonly #store: Store
  #members: Member[] = []

  constructor(store: Store) {
    this.#store = store
  }

  /** Runs `work` in the next group's transaction, in the order of the calls. */
  run<Result>(work: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      let settle = () => reject(new Error("The call was not reached."))
      const attempt = () => {
        this.#store.openScope("call")
        try {
          const result = work()
          this.#store.closeScope("call", "keep")
          settle = () => resolve(result)
        } catch (error) {
          this.#store.closeScope("call", "discard")
          settle = () => reject(error instanceof Error ? error : new Error(String(error)))
        }
      }
      this.#add({ work: attempt, settle: () => settle(), reject })
    })
  }

  #add(member: Member): void {
    this.#members.push(member)
    // After the events of this turn are in: whoever else calls in it joins.
    if (this.#members.length === 1) setImmediate(() => this.#commit())
  }

  #commit(): void {
    const members = this.#members
    this.#members = []
    try {
      this.#store.transaction(() => {
        for (const { work } of members) work()
      })
    } catch (error) {
      for (const { reject } of members) reject(error)
      return
    }
    for (const { settle } of members) settle()
  }
}
