// Inbox: what a session hears from outside: activities, the wish to log out, and silence.
// Owns: the idle timer and the order in which these are heard. Must not touch: what an activity is, what is recorded.
//   I1. The end is told only when nothing accepted is left: silence or a logout first lets what has come in be taken.
//   I2. An activity that was accepted before an idle session was closed keeps it open.

import type { Context } from "../../engine/workflow/context.ts"

/** The value of an activity's signal, or that no more is taken. */
export type Heard =
  { readonly type: "activity"; readonly value: unknown } | { readonly type: "end" }

export class Inbox {
  readonly #ctx: Context
  readonly #idleTimeoutMs: number
  #loggedOut: boolean

  constructor(ctx: Context, idleTimeoutMs: number, loggedOut: boolean) {
    this.#ctx = ctx
    this.#idleTimeoutMs = idleTimeoutMs
    this.#loggedOut = loggedOut
  }

  /** The session was logged out, and only what had been accepted before is still taken. */
  get loggedOut(): boolean {
    return this.#loggedOut
  }

  /** Waits for the next activity, at most the idle time. */
  *next() {
    const ctx = this.#ctx
    if (!this.#loggedOut) {
      const first = yield* ctx.race({
        activity: ctx.signal("activity"),
        logout: ctx.signal("logout"),
        silence: ctx.sleep(this.#idleTimeoutMs),
      })
      if (first.key === "activity") return heard(first.value)
      this.#loggedOut = first.key === "logout"
    }
    const left = yield* ctx.race({ activity: ctx.signal("activity"), nothing: ctx.sleep(0) })
    return left.key === "activity" ? heard(left.value) : END
  }
}

const END: Heard = { type: "end" }

function heard(value: unknown): Heard {
  return { type: "activity", value }
}
