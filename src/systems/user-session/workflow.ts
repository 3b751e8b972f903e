// User session: the durable entity. One generator lives as long as the session and holds its state.
// Owns: the order of a session's life. Must not touch: the store (steps.ts), HTTP (routes.ts).
//   W1. Every activity is a checkpoint and starts the idle time anew; no crash repeats one or restarts the time.
//   W2. While `active` is published, whatever is accepted is recorded: another status is published only when nothing
//       accepted is left and everything taken has been recorded.
//   W3. The journal is bounded: after so many activities the run continues as new and carries its counters along.

import * as v from "valibot"
import type { Context } from "../../engine/workflow/context.ts"
import { Inbox, type Heard } from "./inbox.ts"
import { activityMessage, type Session, type SessionInput } from "./session.ts"
import { cleanUp, expireSession, login, markIdle, recordActivity } from "./steps.ts"

/** Activities of one generation. Bounds the journal, and with it the time of a replay. */
const ACTIVITIES_PER_GENERATION = 500

/** Steps that call out end after this long, so that a call that hangs is seen and tried again. */
const ATTEMPT_TIMEOUT_MS = 5_000

/** What an earlier generation hands on. */
export interface Carried {
  readonly session: Session
  readonly loggedOut: boolean
}

export function* userSession(ctx: Context, input: SessionInput, carried?: Carried) {
  const { sessionId, userId, idleTimeoutMs, activities = [] } = input
  const callOut = ctx.options({ attemptTimeoutMs: ATTEMPT_TIMEOUT_MS })

  let session = carried?.session
  if (session === undefined) {
    const begun = yield* ctx.run(login, sessionId, userId, callOut)
    session = { sessionId, userId, status: "active", ...begun, activityCount: 0 }
    yield* ctx.publish("session", session)
  }

  const inbox = new Inbox(ctx, idleTimeoutMs, carried?.loggedOut ?? false)
  for (let taken = 0; ; taken++) {
    if (taken === ACTIVITIES_PER_GENERATION) {
      const handedOn: Carried = { session, loggedOut: inbox.loggedOut }
      yield* ctx.continueAsNew({ ...input, activities: activities.slice(taken) }, handedOn)
    }
    const scripted = activities[taken]
    const heard: Heard =
      scripted === undefined ? yield* inbox.next() : { type: "activity", value: scripted }
    if (heard.type === "end") break
    session = yield* takeActivity(ctx, session, heard.value)
    yield* ctx.publish("session", session)
  }

  session = { ...session, status: "expired" }
  yield* ctx.publish("session", session)
  yield* ctx.run(markIdle, sessionId, callOut)
  const expiredAt = yield* ctx.run(expireSession, sessionId, callOut)
  yield* ctx.publish("session", { ...session, expiredAt })
  const cleanedAt = yield* ctx.run(cleanUp, sessionId, callOut)
  yield* ctx.publish("session", { ...session, status: "cleaned_up", expiredAt, cleanedAt })
  const { loginAt, activityCount: activitiesRecorded } = session
  const finalStatus = "cleaned_up"
  return { sessionId, userId, finalStatus, activitiesRecorded, loginAt, expiredAt, cleanedAt }
}

/** Records one activity and gives the session after it. A signal that holds no activity is only counted. */
function* takeActivity(ctx: Context, session: Session, value: unknown) {
  const message = v.safeParse(activityMessage, value)
  if (!message.success) return { ...session, malformedCount: (session.malformedCount ?? 0) + 1 }
  const { type, data = null, id: messageId = null } = message.output
  const seq = session.activityCount + 1
  const activity = { sessionKey: session.sessionKey, seq, messageId, type, data }
  const callOut = ctx.options({ attemptTimeoutMs: ATTEMPT_TIMEOUT_MS })
  yield* ctx.run(recordActivity, activity, callOut)
  return { ...session, activityCount: seq }
}
