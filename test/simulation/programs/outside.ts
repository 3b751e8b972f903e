// Outside: the world that steps have effects on: a ledger of effects by idempotency key.
// Owns: the request's shape and the ledger. An effect that is asked for again is answered as it was the first time.

import type { Effect } from "../promises/check.ts"

export interface OutsideRequest {
  readonly effect: Effect
  readonly tag: number
}

interface Done {
  readonly run: string
  readonly tag: number
  readonly order: number
  times: number
}

export class EffectLedger {
  readonly done = new Map<string, Done>()
  readonly #arrived: (effect: Effect) => void

  constructor(arrived: (effect: Effect) => void) {
    this.#arrived = arrived
  }

  /** @returns the tag that the key was first used with */
  call(request: unknown): number {
    const { effect, tag } = request as OutsideRequest
    this.#arrived(effect)
    const known = this.done.get(effect.key)
    if (known !== undefined) {
      known.times++
      return known.tag
    }
    this.done.set(effect.key, { run: effect.run, tag, order: this.done.size, times: 1 })
    return tag
  }
}
