// Limiter courier: brings a run's messages to its limiter.
// Owns: the call. Must not touch: what a message does there.

import { BelayError } from "../../engine/errors.ts"
import { valueOf } from "../answer.ts"
import type { OutboxMessage } from "../outbox/outbox-rows.ts"
import type { Acquire, LimiterStub, Release } from "./messages.ts"

export class LimiterCourier {
  /** A fresh stub for each call, since a broken one stays broken; `undefined` where no limiters are bound. */
  readonly #stub: (name: string) => LimiterStub | undefined

  constructor(stub: (name: string) => LimiterStub | undefined) {
    this.#stub = stub
  }

  async deliver({ kind, target }: OutboxMessage, payload: unknown): Promise<void> {
    const limiter = this.#stub(target)
    if (limiter === undefined) throw limitsMissing()
    const told =
      kind === "acquire" ? limiter.acquire(payload as Acquire) : limiter.release(payload as Release)
    valueOf(await told)
  }
}

export function limitsMissing(): BelayError {
  return new BelayError(
    "not_configured",
    "This workflow has limits and the Worker has no limiters: bind LIMITS to the class LimiterObject in wrangler.toml, and export it: `export const LimiterObject = belay.LimiterObject`.",
  )
}
