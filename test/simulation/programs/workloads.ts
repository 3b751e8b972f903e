// Workloads: the stories that worlds are made of.

import type { Workload } from "../words.ts"
import { ProgramStory } from "./program-story.ts"
import { SystemStory } from "./system-story.ts"

export const WORKLOADS: readonly Workload[] = [
  { name: "programs", weight: 3, play: (world) => new ProgramStory(world) },
  { name: "systems", weight: 1, play: (world) => new SystemStory(world) },
]
