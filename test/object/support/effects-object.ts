// Effects object: the outside world of the tests' own workflows: another object, so that the output gate stands between.
// Owns: one row per effect, however often it is asked for, and the list of all attempts that reached it.

import { DurableObject } from "cloudflare:workers"

export interface Arrival {
  readonly key: string
  readonly attempt: number
}

export class EffectsObject extends DurableObject<Cloudflare.Env> {
  readonly #rows = new Set<string>()
  readonly #arrivals: Arrival[] = []

  /** Makes the effect of this key once; gives the number of effects so far. */
  async apply(key: string, attempt: number): Promise<number> {
    this.#rows.add(key)
    this.#arrivals.push({ key, attempt })
    return this.#rows.size
  }

  async die(reason = "The effects' object dies on purpose."): Promise<never> {
    this.ctx.abort(reason)
    throw new Error("It is dead.")
  }

  /** Calls another object, which dies under the call, and lets its error pass. */
  async dieBehind(reason: string): Promise<never> {
    const { EFFECTS } = this.env
    return EFFECTS.get(EFFECTS.idFromName(`behind ${this.ctx.id.name}`)).die(reason)
  }

  /** Throws an error of its own, with marks as the platform's errors have them. */
  async fail(message: string, marks: object): Promise<never> {
    throw Object.assign(new Error(message), marks)
  }

  async seen(): Promise<{ rows: string[]; arrivals: Arrival[] }> {
    return { rows: [...this.#rows], arrivals: this.#arrivals }
  }
}
