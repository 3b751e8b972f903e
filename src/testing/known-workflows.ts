// Known workflows: the registry of a replay: what a test hands over, under the names that the journal knows.
// Owns: telling names of functions nobody registered. Must not touch: the replay.

import type { WorkflowFunction } from "../engine/workflow/context.ts"
import { Registry } from "../engine/workflow/registry.ts"

export class KnownWorkflows extends Registry {
  /** A child need not be handed over to be named: none is started in a replay. */
  override nameOf(fn: WorkflowFunction): string | undefined {
    const name: unknown = fn.name
    return super.nameOf(fn) ?? (typeof name === "string" && name !== "" ? name : undefined)
  }
}
