// Fuzzer: what each of the fuzzers is: a batch of cases at a time.

import type { FuzzWorld } from "./fuzz-world.ts"
import type { Finding, Tally } from "./search.ts"

export interface Fuzzer {
  readonly name: string
  /** One batch. The same seed makes the same cases. */
  round(world: FuzzWorld, seed: number, tally: Tally): Promise<Finding | undefined>
}
