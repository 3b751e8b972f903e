// Field: who takes part in a workload: Belay with the floor on a runtime of their own, and the peers that can be started.
// Owns: their start and end. Peers that have nothing to do at the moment wait; they are never asked at the same time.
//   A1. A peer that fails may still be busy with what it was asked, also after a restart: it is ended with all it has
//       written, and begins anew when it is asked again.

import { onBenchRuntime, type BenchRuntime } from "./bench-runtime.ts"
import type { BenchClient } from "./client.ts"
import type { Line } from "./figure.ts"
import type { SkippedPeer, StartedPeer } from "./peer.ts"
import type { Contender, Readings } from "./rounds.ts"
import type { Bench } from "./workload.ts"

export class Field {
  readonly runtime: BenchRuntime
  readonly #bench: Bench
  readonly #started = new Map<string, StartedPeer | SkippedPeer>()
  /** Why they take no further part in this workload. */
  readonly #excluded = new Map<string, string>()

  constructor(runtime: BenchRuntime, bench: Bench) {
    this.runtime = runtime
    this.#bench = bench
  }

  get client(): BenchClient {
    return this.runtime.client
  }

  /** Starts those that are not yet there. */
  async startPeers(): Promise<void> {
    for (const name of this.#bench.peers) await this.#peer(name)
  }

  /** A line with its reason for each peer that cannot be started, or is excluded. */
  get absent(): Line[] {
    const reasons = new Map(this.#excluded)
    for (const [name, peer] of this.#started) {
      if ("skipped" in peer) reasons.set(name, peer.skipped)
    }
    return [...reasons].map(([contender, reason]) => ({ contender, readings: [], reason }))
  }

  /** From the next figures on: what it has shown says that more of it would take too long. */
  exclude(name: string, reason: string): void {
    this.#excluded.set(name, `not tried: ${reason}`)
  }

  /** The peers as contenders, each with that time for all its rounds. */
  contenders(
    timeMs: number,
    read: (peer: StartedPeer) => Promise<Readings>,
    warmUp?: (peer: StartedPeer) => Promise<unknown>,
  ): Contender[] {
    const absent = new Set(this.absent.map(({ contender }) => contender))
    const present = this.#bench.peers.filter((name) => !absent.has(name))
    return present.map((name) => ({
      name,
      timeMs,
      warmUp: () => this.#asking(name, async (peer) => warmUp?.(peer)),
      read: () => this.#asking(name, read),
    }))
  }

  async endPeers(): Promise<void> {
    await Promise.all([...this.#started.keys()].map((name) => this.#end(name)))
  }

  async #asking<T>(name: string, ask: (peer: StartedPeer) => Promise<T>): Promise<T> {
    const peer = await this.#peer(name)
    if ("skipped" in peer) throw new Error(peer.skipped)
    try {
      return await ask(peer)
    } catch (error) {
      await this.#end(name)
      throw error
    }
  }

  async #peer(name: string): Promise<StartedPeer | SkippedPeer> {
    const known = this.#started.get(name)
    if (known !== undefined) return known
    const peer = await this.#bench.startPeer(name)
    this.#started.set(name, peer)
    return peer
  }

  async #end(name: string): Promise<void> {
    const peer = this.#started.get(name)
    if (peer === undefined || "skipped" in peer) return
    this.#started.delete(name)
    try {
      await peer.stop()
    } catch (error) {
      // What was measured stays so, whatever a peer does at its end.
      this.#bench.say(`${name} did not end as it should: ${String(error)}`)
    }
  }
}

export function onField<T>(bench: Bench, work: (field: Field) => Promise<T>): Promise<T> {
  return onBenchRuntime(async (runtime) => {
    const field = new Field(runtime, bench)
    try {
      await field.startPeers()
      return await work(field)
    } finally {
      await field.endPeers()
    }
  })
}
