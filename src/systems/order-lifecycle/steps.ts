// The step of the order lifecycle: entering a state.
// Owns: the row that says an order entered a state, and when. Must not touch: whether it may (workflow.ts).
//   S1. One row a transition, keyed by the step: an attempt that runs again answers with the first one's time.

import type { StepContext } from "../../engine/workflow/context.ts"
import { logStep } from "../step-log.ts"
import type { State, Transition } from "./graph.ts"

export async function transitionTo(
  ctx: StepContext,
  orderId: string,
  from: State | null,
  to: State,
): Promise<Transition> {
  const db = ctx.getDependency<D1Database>("db")
  const [, rows] = await db.batch<{ entered_at: string }>([
    db
      .prepare(
        `INSERT INTO order_transitions (idempotency_key, order_id, from_state, to_state, entered_at)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (idempotency_key) DO NOTHING`,
      )
      .bind(ctx.idempotencyKey, orderId, from, to, new Date().toISOString()),
    db
      .prepare("SELECT entered_at FROM order_transitions WHERE idempotency_key = ?1")
      .bind(ctx.idempotencyKey),
  ])
  const row = rows?.results[0]
  if (row === undefined) throw new Error(`The transition of order ${orderId} to ${to} left no row.`)
  logStep(ctx, `${from ?? "—"} → ${to}`, { order: orderId })
  return { from, to, timestamp: row.entered_at }
}
