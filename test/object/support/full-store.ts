// Full store: a store that has no room, as the platform behaves then: measured on a disk that was really full, the whole
// stretch is undone, the alarm it has set with it, and the object is reset.
// Owns: the taps. Must not touch: when there is no room (watch.ts).

import type { Watch } from "./watch.ts"

const FULL = "database or disk is full: SQLITE_FULL"

export function refuseIfFull(ctx: DurableObjectState, watch: Watch, statement: string): void {
  if (watch.isFullFor?.(statement) !== true) return
  watch.refusals++
  ctx.abort(FULL)
}

export function refuseAlarmIfFull(ctx: DurableObjectState, watch: Watch): void {
  if (!watch.isFullForAlarms) return
  watch.refusals++
  ctx.abort(FULL)
}

export function tapSize({ storage: { sql } }: DurableObjectState, watch: Watch): void {
  const truth = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(sql), "databaseSize")
  Object.defineProperty(sql, "databaseSize", {
    get: () => watch.databaseBytes ?? (truth?.get?.call(sql) as number),
  })
}
