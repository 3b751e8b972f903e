// First due: the absolute deadline of an entry, fixed when it is first recorded and never again (promise 6).

import type { Core } from "./core.ts"
import type { Entry } from "./tree.ts"

export function firstDueMs(core: Core, { body, timeoutMs }: Entry): number | undefined {
  const nowMs = core.ports.clock.nowMs()
  if (body.type === "timer") return Math.ceil(body.untilMs ?? nowMs + body.forMs)
  return timeoutMs === undefined ? undefined : Math.ceil(nowMs + timeoutMs)
}
