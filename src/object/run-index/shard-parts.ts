// Shard parts: what the workers of one shard share: its rows, the runs, the other shards.
// Owns: the shape.

import type { IndexedRun } from "./messages.ts"
import type { ShardRows } from "./shard-rows.ts"
import type { ShardState } from "./shard-state.ts"
import type { Shards } from "./shards.ts"
import type { UnreadRows } from "./unread-rows.ts"

export interface ShardParts {
  readonly rows: ShardRows
  readonly unread: UnreadRows
  readonly state: ShardState
  /** A fresh stub for each call, since a broken one stays broken. */
  readonly run: (id: string) => IndexedRun
  readonly shards: () => Shards
  readonly nowMs: () => number
}
