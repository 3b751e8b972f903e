// The steps of a user session: login, one step an activity, and the three of its end.
// Owns: the rows of a session. Must not touch: the order of its life (workflow.ts).
//   S1. Every row is keyed by its step: an attempt that runs again writes nothing and answers with the first one's time.
//   S2. Tokens are revoked in the same transaction that says the session is cleaned up.

import type { StepContext } from "../../engine/workflow/context.ts"
import { logStep } from "../step-log.ts"
import { activityJson } from "./session.ts"

export async function login(
  ctx: StepContext,
  sessionId: string,
  userId: string,
): Promise<{ sessionKey: string; loginAt: string }> {
  const loginAt = await enter(ctx, sessionId, "active")
  logStep(ctx, "user logged in", { session: sessionId, user: userId })
  return { sessionKey: ctx.idempotencyKey, loginAt }
}

export interface RecordedActivity {
  readonly sessionKey: string
  /** From 1, without gaps. */
  readonly seq: number
  /** Names the message it came in; `null` for a scripted one. */
  readonly messageId: string | null
  readonly type: string
  readonly data: unknown
}

export async function recordActivity(ctx: StepContext, activity: RecordedActivity): Promise<void> {
  const { sessionKey, seq, type, data, messageId } = activity
  await ctx
    .getDependency<D1Database>("db")
    .prepare(
      `INSERT INTO session_activities
         (idempotency_key, session_key, seq, message_id, type, data, recorded_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (idempotency_key) DO NOTHING`,
    )
    .bind(
      ctx.idempotencyKey,
      sessionKey,
      seq,
      messageId,
      type,
      activityJson(data),
      new Date().toISOString(),
    )
    .run()
  logStep(ctx, "activity recorded", { seq, type })
}

export async function markIdle(ctx: StepContext, sessionId: string): Promise<void> {
  await enter(ctx, sessionId, "idle")
  logStep(ctx, "session idle", { session: sessionId })
}

/** Gives the time of expiry. */
export async function expireSession(ctx: StepContext, sessionId: string): Promise<string> {
  const expiredAt = await enter(ctx, sessionId, "expired")
  logStep(ctx, "session expired", { session: sessionId })
  return expiredAt
}

/** Revokes the session's tokens and gives the time of it. */
export async function cleanUp(ctx: StepContext, sessionId: string): Promise<string> {
  const revocation = ctx
    .getDependency<D1Database>("db")
    .prepare(
      `INSERT INTO token_revocations (idempotency_key, session_id, revoked_at)
       VALUES (?1, ?2, ?3) ON CONFLICT (idempotency_key) DO NOTHING`,
    )
    .bind(ctx.idempotencyKey, sessionId, new Date().toISOString())
  const cleanedAt = await enter(ctx, sessionId, "cleaned_up", revocation)
  logStep(ctx, "session cleaned up, tokens revoked", { session: sessionId })
  return cleanedAt
}

/** Records that the session entered a state, with what belongs to it, and gives the time it did so first. */
async function enter(
  ctx: StepContext,
  sessionId: string,
  state: "active" | "idle" | "expired" | "cleaned_up",
  ...along: D1PreparedStatement[]
): Promise<string> {
  const db = ctx.getDependency<D1Database>("db")
  const results = await db.batch<{ entered_at: string }>([
    ...along,
    db
      .prepare(
        `INSERT INTO session_states (idempotency_key, session_id, state, entered_at)
         VALUES (?1, ?2, ?3, ?4) ON CONFLICT (idempotency_key) DO NOTHING`,
      )
      .bind(ctx.idempotencyKey, sessionId, state, new Date().toISOString()),
    db
      .prepare("SELECT entered_at FROM session_states WHERE idempotency_key = ?1")
      .bind(ctx.idempotencyKey),
  ])
  const row = results.at(-1)?.results[0]
  if (row === undefined) throw new Error(`Session ${sessionId} became ${state} but left no row.`)
  return row.entered_at
}
