// Command: what one command of `belay` is: how it is written and what it does.
// Owns: the shape. Must not touch: where the arguments come from (given.ts) and where the output goes (screen.ts).

import type { Client } from "../client/index.ts"
import type { ExitCode } from "./exit-code.ts"
import type { Given } from "./given.ts"
import type { Screen } from "./screen.ts"
import type { Syntax } from "./syntax.ts"

export interface Call {
  readonly client: Client
  readonly screen: Screen
  readonly given: Given
  /** Aborted when a person ends the command. */
  readonly signal: AbortSignal
}

export interface Command extends Syntax {
  readonly summary: string
  readonly details?: readonly string[]
  /** 0 unless it says otherwise. */
  readonly run: (call: Call) => Promise<ExitCode | void>
}
