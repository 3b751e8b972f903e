// Effects object: the outside world of the tests' own workflows: another object, so that the output gate stands between.
// Owns: one row for each attempt that reached it. They are kept on disk: an object that nobody asks for a while is evicted.

import { DurableObject } from "cloudflare:workers"

export interface Arrival {
  readonly key: string
  readonly attempt: number
}

export class EffectsObject extends DurableObject<Cloudflare.Env> {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env)
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS arrivals (key TEXT, attempt INTEGER)")
  }

  /** Makes the effect of this key once; gives the number of effects so far. */
  async apply(key: string, attempt: number): Promise<number> {
    this.ctx.storage.sql.exec("INSERT INTO arrivals VALUES (?, ?)", key, attempt)
    return this.#keys().size
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
    return { rows: [...this.#keys()], arrivals: this.#arrivals() }
  }

  #keys(): Set<string> {
    return new Set(this.#arrivals().map(({ key }) => key))
  }

  #arrivals(): Arrival[] {
    const query = "SELECT key, attempt FROM arrivals ORDER BY rowid"
    return this.ctx.storage.sql.exec<{ key: string; attempt: number }>(query).toArray()
  }
}
