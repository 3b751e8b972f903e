// Watched schedules: schedule objects over the tests' own runs, which die where a test has planned it.
// Owns: the taps. Must not touch: the object's own code, which knows nothing of it.

import { createRuns } from "../../../src/object/runs-client.ts"
import { DIRECTORY_NAME } from "../../../src/object/schedule/directory.ts"
import { createScheduleObject } from "../../../src/object/schedule/schedule-object.ts"
import { tapNamespace, watchedCall } from "./call-tap.ts"
import { tapWrites } from "./write-tap.ts"
import { watchOf } from "./watch.ts"

export function watchedSchedules() {
  const Base = createScheduleObject({
    runs: (env) => createRuns((id) => env.TEST_RUNS.get(env.TEST_RUNS.idFromName(id))),
    directory: ({ TEST_SCHEDULES }) =>
      TEST_SCHEDULES.get(TEST_SCHEDULES.idFromName(DIRECTORY_NAME)),
  })
  return class extends Base {
    constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
      const watch = watchOf(ctx.id.name ?? "")
      watch.lives++
      tapWrites(ctx, watch)
      const call = watchedCall(ctx, watch)
      super(ctx, {
        ...env,
        TEST_RUNS: tapNamespace(env.TEST_RUNS, call),
        TEST_SCHEDULES: tapNamespace(env.TEST_SCHEDULES, call),
      })
    }
  }
}
