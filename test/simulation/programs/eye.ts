// Eye: what steps and workflows tell of themselves to whoever watches the world.
// Owns: the contract. It is a variable of the environment; in a world that nobody watches it does nothing.

import type { AttemptNote, Sight } from "../promises/run-view.ts"

export interface Eye {
  /** A step function was called. Told before it does anything. */
  called(note: AttemptNote): void
  /** A workflow was handed something. */
  saw(sight: Sight): void
}
