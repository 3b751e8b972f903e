// Crash worker: the Worker that runs on bare workerd in the tests that kill it.
// Owns: which workflows it knows. STUMBLES=1 makes its run objects fail in their own code (stumbling.ts).

import { Belay } from "../../../src/belay.ts"
import { asks, ladder, naps, tally } from "./acceptance-workflows.ts"
import { stumbling } from "./stumbling.ts"
import { leg, stages, trip } from "./traced-workflows.ts"
import {
  failsOnce,
  fanOut,
  hoards,
  interrupted,
  limited,
  manySteps,
  one,
  panics,
  rounds,
  ticks,
  sleeps,
  tells,
  tree,
  twoAtOnce,
  waitsInWindow,
} from "./workflows.ts"

/** What the tests bind beside the Worker's own variables. */
export interface CrashEnvironment {
  /** Where steps leave their effects. */
  readonly EFFECTS_URL: string
}

const belay = new Belay()

belay.setDependency("effects", (env) => (env as unknown as CrashEnvironment).EFFECTS_URL)

belay.register(interrupted)
belay.register(sleeps)
belay.register(twoAtOnce)
belay.register(failsOnce)
belay.register(waitsInWindow)
belay.register(manySteps)
belay.register(rounds)
belay.register(ticks)
belay.register(limited, { limits: { key: () => "all", concurrency: 3 } })
belay.register(one)
belay.register(hoards)
belay.register(panics)
belay.register(fanOut)
belay.register(tree)
belay.register(tells)
for (const workflow of [asks, ladder, naps, tally]) belay.register(workflow)
for (const workflow of [leg, stages, trip]) belay.register(workflow)

export const RunObject = belay.RunObject
export const ScheduleObject = belay.ScheduleObject
export const LimiterObject = belay.LimiterObject
export const IndexObject = belay.IndexObject
export const StumblingRunObject = stumbling(belay.RunObject)
export default belay.worker
