// The Worker under test: the real one, with its run objects watched, and beside them objects for the tests' own
// workflows. Owns: what is bound under test. It changes nothing of a run that no test has planned anything for.

import { RunObject as SystemsRunObject } from "../../src/index.ts"
import { eventText } from "../../src/http/event-view.ts"
import { createIndexObject } from "../../src/object/run-index/index-object.ts"
import { shardsOf } from "../../src/object/run-index/shards.ts"
import { createRunObject } from "../../src/object/run/run-object.ts"
import "../object/support/effects.ts"
import { watchedLimiters } from "../object/support/watched-limiters.ts"
import { watchedSchedules } from "../object/support/watched-schedules.ts"
import { registry } from "../object/support/registry.ts"
import { watched } from "../object/support/watched.ts"

export {
  BankAccountObject,
  IndexObject,
  LimiterObject,
  ScheduleObject,
  default,
} from "../../src/index.ts"
export { EffectsObject } from "../object/support/effects-object.ts"

export const RunObject = watched(SystemsRunObject)
export const TestRunObject = watched(
  createRunObject(registry, {
    eventText,
    namespaceOf: (env) => env.TEST_RUNS,
    limitersOf: (env: Partial<Cloudflare.Env>) => env.TEST_LIMITS,
  }),
)
/** Runs of the same workflows that an index hears of. */
export const TestIndexedRunObject = watched(
  createRunObject(registry, {
    eventText,
    namespaceOf: (env) => env.TEST_INDEXED_RUNS,
    limitersOf: (env: Partial<Cloudflare.Env>) => env.TEST_LIMITS,
    shardsOf: (env) => shardsOf({ INDEX: env.TEST_INDEX }),
  }),
)
export const TestIndexObject = createIndexObject({
  run: (env, id) => env.TEST_INDEXED_RUNS.get(env.TEST_INDEXED_RUNS.idFromName(id)),
  namespaceOf: (env) => env.TEST_INDEX,
})
/** An index of the same runs whose number of shards a test changes. */
export const TestGrowingIndexObject = createIndexObject({
  run: (env, id) => env.TEST_INDEXED_RUNS.get(env.TEST_INDEXED_RUNS.idFromName(id)),
  namespaceOf: (env) => env.TEST_GROWING_INDEX,
})
/** One that has as few shards as can be. */
export const TestSmallIndexObject = createIndexObject({
  run: (env, id) => env.TEST_INDEXED_RUNS.get(env.TEST_INDEXED_RUNS.idFromName(id)),
  namespaceOf: (env) => env.TEST_SMALL_INDEX,
})
export const TestScheduleObject = watchedSchedules()
export const TestLimiterObject = watchedLimiters()
