// Mutations: all faults that the simulator has to find.

import { ENGINE_MUTATIONS } from "./engine-mutations.ts"
import type { Mutation } from "./mutation.ts"
import { OBJECT_MUTATIONS } from "./object-mutations.ts"

export const MUTATIONS: readonly Mutation[] = [...ENGINE_MUTATIONS, ...OBJECT_MUTATIONS]
