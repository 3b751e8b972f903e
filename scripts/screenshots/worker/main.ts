// Looked-at worker: the Worker behind the pictures and the browser tests of the view of a run.
// Owns: which workflows it knows. CODE=other is another deploy, which no longer does what `changing` did.

import { Belay } from "../../../src/belay.ts"
import {
  bulky,
  changing,
  conversation,
  failing,
  hibernating,
  many,
  order,
  parent,
  promised,
  slowly,
} from "./workflows.ts"

const belay = new Belay()

belay.setDependency("code", (env) => (env as { readonly CODE?: string }).CODE)

for (const workflow of [
  bulky,
  changing,
  conversation,
  failing,
  hibernating,
  order,
  promised,
  slowly,
]) {
  belay.register(workflow)
}
belay.register(many)
belay.register(parent)

export const RunObject = belay.RunObject
export const ScheduleObject = belay.ScheduleObject
export const IndexObject = belay.IndexObject
export const LimiterObject = belay.LimiterObject
export default belay.worker
