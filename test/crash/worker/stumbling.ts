// Stumbling: a run object whose own code throws when it is woken by its alarm, as long as the test says so.
// Owns: the fault. It breaks the object's reading of its storage, which no workflow and no step can cause or catch.

import type { Belay } from "../../../src/belay.ts"
import type { CrashEnvironment } from "./main.ts"

export function stumbling(Base: Belay["RunObject"]): Belay["RunObject"] {
  return class StumblingRunObject extends Base {
    #isBroken = false
    /** Until its alarm says otherwise. */
    #hasStumbled = true

    constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
      const { sql } = ctx.storage
      const exec = sql.exec.bind(sql)
      sql.exec = <Row extends Record<string, SqlStorageValue>>(
        query: string,
        ...bindings: unknown[]
      ) => {
        if (this.#isBroken) throw new Error("The storage of this object is broken on purpose.")
        return exec<Row>(query, ...bindings)
      }
      super(ctx, env)
    }

    /** The index asks how it goes, which sees to what fell due: it finds the object as broken as its alarm does. */
    override async card(): ReturnType<InstanceType<Belay["RunObject"]>["card"]> {
      if (this.#hasStumbled) throw new Error("The storage of this object is broken on purpose.")
      return super.card()
    }

    override async alarm(info?: AlarmInvocationInfo): Promise<void> {
      const { EFFECTS_URL } = this.env as unknown as CrashEnvironment
      const response = await fetch(`${EFFECTS_URL}/stumbles`, { method: "POST" })
      this.#isBroken = this.#hasStumbled = (await response.text()) === "broken"
      try {
        await super.alarm(info)
      } finally {
        this.#isBroken = false
      }
    }
  }
}
