// Watch: what the runs of this process saw and did, by the id that the server gave each, beside the engine's own record.
// Owns: the moments. A run that an engine runs through again keeps its first begin. Pure, so that it stands in Node and
// in a Worker.

import type { Sequence, Sleepers } from "../protocol.ts"
import { gapsOf } from "./gaps.ts"

/** How long a run that says it waits is left alone before its signal, so that it does wait. */
export const SETTLE_MS = 50

/** The moments of one run, in ms of this process's clock. */
export class Moments {
  #begunMs: number | undefined
  readonly #stepsMs: number[] = []
  #endedMs: number | undefined

  begin(): void {
    this.#begunMs ??= performance.now()
  }

  step(): void {
    this.#stepsMs.push(performance.now())
  }

  end(): void {
    this.#endedMs = performance.now()
  }

  get hasEnded(): boolean {
    return this.#endedMs !== undefined
  }

  get elapsedMs(): number {
    return (this.#endedMs ?? Number.NaN) - (this.#begunMs ?? Number.NaN)
  }

  toSequence(): Sequence {
    return { elapsedMs: this.elapsedMs, gaps: gapsOf(this.#stepsMs) }
  }
}

export class Watch {
  readonly #runs = new Map<string, Moments>()

  /** An id that no run has had, in an earlier process neither. */
  newId(kind: string): string {
    return `${kind}-${crypto.randomUUID()}`
  }

  of(id: string): Moments {
    let moments = this.#runs.get(id)
    if (moments === undefined) {
      moments = new Moments()
      this.#runs.set(id, moments)
    }
    return moments
  }

  take(id: string): Moments {
    const moments = this.of(id)
    this.#runs.delete(id)
    return moments
  }

  /** Starts so many sleeping runs at once; `run` resolves when its run has ended. */
  async sleepers(
    count: number,
    sleepMs: number,
    run: (id: string) => PromiseLike<unknown>,
  ): Promise<Sleepers> {
    const begunMs = performance.now()
    const ids = Array.from({ length: count }, () => this.newId("sleeper"))
    await Promise.all(ids.map(run))
    const elapsedMs = performance.now() - begunMs
    return { latenessMs: ids.map((id) => this.take(id).elapsedMs - sleepMs), elapsedMs }
  }
}
