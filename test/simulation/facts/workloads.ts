// Workloads: the facts of the platform, one story each.

import type { Workload } from "../words.ts"
import { alarms } from "./alarms.ts"
import { durableEffects } from "./durable-effects.ts"
import { lives } from "./lives.ts"
import { stretches } from "./stretches.ts"

export const WORKLOADS: readonly Workload[] = [durableEffects, lives, alarms, stretches]
