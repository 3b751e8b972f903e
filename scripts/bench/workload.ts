// Workload: what a piece of the bench is: its name, and the measuring of its figures.
// Owns: the shape all pieces share. Must not touch: which of them there are (`bench.ts` lists them).

import type { Figure } from "./figure.ts"
import type { StartedPeer } from "./peer.ts"

export interface Bench {
  /** Fewer rounds, for a first look. */
  readonly isQuick: boolean
  /** Those that take part; none are started yet. */
  readonly peers: readonly string[]
  /** Starts one; the bench stops it when the workload is done. */
  readonly startPeer: (name: string) => Promise<StartedPeer | { readonly skipped: string }>
  readonly say: (line: string) => void
}

export interface Workload {
  /** As it is asked for: `W1`. */
  readonly name: string
  readonly title: string
  measure(bench: Bench): Promise<readonly Figure[]>
}
