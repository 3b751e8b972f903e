// Watched limiters: limiters of the tests' own runs, which die where a test has planned it.
// Owns: the taps. Must not touch: the object's own code, which knows nothing of it.

import { createLimiterObject } from "../../../src/object/limiter/limiter-object.ts"
import { tapNamespace, watchedCall } from "./call-tap.ts"
import { watchOf } from "./watch.ts"
import { tapWrites } from "./write-tap.ts"

export function watchedLimiters() {
  const Base = createLimiterObject({
    run: ({ TEST_RUNS }, id) => TEST_RUNS.get(TEST_RUNS.idFromName(id)),
  })
  return class extends Base {
    constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
      const watch = watchOf(ctx.id.name ?? "")
      watch.lives++
      tapWrites(ctx, watch)
      super(ctx, { ...env, TEST_RUNS: tapNamespace(env.TEST_RUNS, watchedCall(ctx, watch)) })
    }
  }
}
