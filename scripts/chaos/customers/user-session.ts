// Who logs in, does this and that, one thing after the other, and logs out or goes away.

import { member } from "../../support/json-client.ts"
import { between } from "../../support/seeded-random.ts"
import { pause } from "../../support/wait-until.ts"
import {
  begin,
  endsOf,
  readRuns,
  requireSuccess,
  type Audited,
  type Customer,
  type Shop,
  type Visit,
} from "../customer.ts"
import { auditSessions, type WantedSession } from "../rules/user-session.ts"

const ACTIVITIES_MAX = 6
const IDLE_MS_MIN = 800
const IDLE_MS_MAX = 4_000
const LOGS_OUT = 0.5

export class UserSessionCustomer implements Customer {
  readonly system = "user-session"
  readonly #shop: Shop
  readonly #wanted: WantedSession[] = []

  constructor(shop: Shop) {
    this.#shop = shop
  }

  get accepted(): number {
    return this.#wanted.length
  }

  async open(): Promise<void> {}

  async visit(visit: Visit): Promise<void> {
    const { random, number } = visit
    const id = `session-${number}`
    const idleTimeoutMs = between(random, IDLE_MS_MIN, IDLE_MS_MAX)
    const scripted = Array.from({ length: between(random, 0, 2) }, (_, n) => `scripted-${n}`)
    const pauses = Array.from({ length: between(random, 0, ACTIVITIES_MAX) }, () =>
      between(random, 0, idleTimeoutMs * 0.7),
    )
    const logsOut = random() < LOGS_OUT
    await begin(this.#shop.client, visit, {
      path: `/sessions/${id}`,
      body: {
        userId: `user-${number}`,
        idleTimeoutMs,
        activities: scripted.map((type) => ({ type })),
      },
      steps: ["login", "recordActivity", "recordActivity#2", "expireSession", "cleanUp"],
    })
    const accepted = [...scripted]
    this.#wanted.push({ id, accepted })
    for (const [n, pauseMs] of pauses.entries()) {
      await pause(pauseMs)
      const type = `activity-${n}`
      const path = `/sessions/${id}/activities`
      const headers = { "idempotency-key": `${id}-${type}` }
      const answer = await this.#shop.client.send("POST", path, { type, data: { n } }, headers)
      // It was idle for too long: nothing more is taken.
      if (answer.status === 409) break
      requireSuccess(answer, path)
      accepted.push(type)
    }
    if (!logsOut) return
    const path = `/sessions/${id}/logout`
    const headers = { "idempotency-key": `${id}-logout` }
    requireSuccess(await this.#shop.client.send("POST", path, undefined, headers), path)
  }

  async audit(): Promise<Audited> {
    const { client, d1 } = this.#shop
    const ids = this.#wanted.map(({ id }) => id)
    const runs = await readRuns(client, ids, (id) => `session/${id}`)
    const states = d1("SELECT * FROM session_states").map((row) => ({
      sessionId: String(row["session_id"]),
      state: String(row["state"]),
    }))
    const activities = d1(
      `SELECT s.session_id, a.seq, a.type FROM session_activities a
       LEFT JOIN session_states s ON s.idempotency_key = a.session_key ORDER BY a.seq`,
    ).map((row) => ({
      sessionId: String(row["session_id"]),
      seq: Number(row["seq"]),
      type: String(row["type"]),
    }))
    const revocations = d1("SELECT session_id FROM token_revocations").map((row) => ({
      sessionId: String(row["session_id"]),
    }))
    return {
      findings: auditSessions({ wanted: this.#wanted, runs, states, activities, revocations }),
      runs,
      ends: endsOf(runs, ({ result }) => member(result, "finalStatus")),
      effects: states.length + activities.length + revocations.length,
      money: 0,
    }
  }
}
