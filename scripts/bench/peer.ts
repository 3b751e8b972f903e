// Peer: another engine as the workloads meet it: asked the questions of peers/protocol.ts, killed, started again.
// Owns: the shape alone. What is measured of a started one stands under its short name.

import type { Ready } from "./peers/protocol.ts"

export interface StartedPeer {
  readonly name: string
  /** What it says about itself. */
  readonly ready: Ready
  /** @throws Error with the peer's own reason where it has no answer, or when it comes too late */
  ask<T>(path: string, body: unknown, timeoutMs: number): Promise<T>
  /** SIGKILL to all that it is made of. */
  kill(): Promise<void>
  restart(): Promise<void>
  /** From the last start of its process until an interrupted run has ended by itself, in ms; `undefined` when it never did. */
  waitForResumed(timeoutMs: number): Promise<number | undefined>
  /** Of all its processes, where the system tells. */
  rssBytes(): number | undefined
  stop(): Promise<void>
}

export interface SkippedPeer {
  readonly skipped: string
}
