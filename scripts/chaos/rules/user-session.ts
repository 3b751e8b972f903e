// User session: the rules the sessions' rows are audited by. Pure.
//   S1. A session was logged in, idle, expired and cleaned up once each, and its tokens were revoked once.
//   S2. Every activity that was accepted is recorded once, in order and without a gap; one that was refused is not.
//   S3. Its run counts what is recorded. No row belongs to nobody.

import { isDeepStrictEqual } from "node:util"
import { member } from "../../support/json-client.ts"
import { endFindings, grouped, type RunsSeen } from "./run-seen.ts"

export interface WantedSession {
  readonly id: string
  /** Types of activities, each with a name of its own, in the order they were accepted. */
  readonly accepted: readonly string[]
}

export interface SessionBooks {
  readonly wanted: readonly WantedSession[]
  readonly runs: RunsSeen
  readonly states: readonly { readonly sessionId: string; readonly state: string }[]
  /** Of one session in the order of their numbers. */
  readonly activities: readonly {
    readonly sessionId: string
    readonly seq: number
    readonly type: string
  }[]
  readonly revocations: readonly { readonly sessionId: string }[]
}

const STATES = ["active", "cleaned_up", "expired", "idle"]

export function auditSessions(books: SessionBooks): string[] {
  const states = grouped(books.states, ({ sessionId }) => sessionId)
  const activities = grouped(books.activities, ({ sessionId }) => sessionId)
  const revocations = grouped(books.revocations, ({ sessionId }) => sessionId)
  const findings = books.wanted.flatMap(({ id, accepted }) => {
    const run = books.runs.get(id)
    const own = endFindings(id, run)
    const entered = (states.get(id) ?? []).map(({ state }) => state).toSorted()
    if (!isDeepStrictEqual(entered, STATES)) own.push(`${id}: entered ${entered.join()}`)
    const revoked = (revocations.get(id) ?? []).length
    if (revoked !== 1) own.push(`${id}: its tokens were revoked ${revoked} times`)
    const recorded = activities.get(id) ?? []
    const expected = accepted.map((type, index) => `${index + 1} ${type}`)
    const found = recorded.map(({ seq, type }) => `${seq} ${type}`)
    if (!isDeepStrictEqual(found, expected)) {
      own.push(`${id}: accepted [${expected.join()}], recorded [${found.join()}]`)
    }
    const counted = member(run?.result, "activitiesRecorded")
    if (counted !== recorded.length) {
      own.push(`${id}: counts ${String(counted)} activities, recorded are ${recorded.length}`)
    }
    return own
  })
  const ids = new Set(books.wanted.map(({ id }) => id))
  const strangers = new Set(
    [...states.keys(), ...activities.keys(), ...revocations.keys()].filter((id) => !ids.has(id)),
  )
  return [...findings, ...[...strangers].map((id) => `session ${id}: rows that nobody asked for`)]
}
