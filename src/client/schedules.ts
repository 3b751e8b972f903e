// Schedules: made, looked at and moved by hand.

import { SCHEDULE, SCHEDULE_PAGE, TRIGGERED } from "./shapes.ts"
import { anything, type Shape } from "./shape.ts"
import type { Transport } from "./transport.ts"

export interface ScheduleRequest {
  readonly workflow: string
  readonly input?: readonly unknown[]
  /** Five fields, or six with seconds in front. */
  readonly cron: string
  /** IANA name; UTC unless given. */
  readonly timeZone?: string
  readonly overlap?: string
  readonly missed?: string
  readonly catchUpMs?: number
  readonly version?: number
  readonly tags?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  readonly paused?: boolean
}

export interface Schedule {
  readonly name: string
  readonly workflow: string
  readonly version?: number
  readonly input: readonly unknown[]
  readonly cron: string
  readonly timeZone: string
  readonly tags: Readonly<Record<string, string>>
  readonly paused: boolean
  readonly createdAt: string
  readonly nextAt?: string
  /** The next few, that one first. */
  readonly nextTimes?: readonly string[]
  readonly lastAt?: string
  /** What else the server shows of it. */
  readonly [field: string]: unknown
}

interface SchedulePage {
  readonly schedules: readonly Schedule[]
  readonly cursor?: string
}

export class Schedules {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Makes the schedule, or changes it to this. */
  put(name: string, request: ScheduleRequest): Promise<Schedule> {
    return this.#ask<Schedule>("PUT", [name], request, true, SCHEDULE)
  }

  get(name: string): Promise<Schedule> {
    return this.#ask<Schedule>("GET", [name], undefined, true, SCHEDULE)
  }

  /** Every schedule, page by page. */
  async *list(): AsyncGenerator<Schedule, void> {
    let cursor: string | undefined
    do {
      const { body } = await this.#transport.json<SchedulePage>({
        path: ["v1", "schedules"],
        query: { cursor },
        shape: SCHEDULE_PAGE,
        isRepeatable: true,
      })
      yield* body.schedules
      ;({ cursor } = body)
    } while (cursor !== undefined)
  }

  async delete(name: string): Promise<void> {
    await this.#ask("DELETE", [name], undefined, false, anything)
  }

  pause(name: string, reason?: string): Promise<Schedule> {
    return this.#ask<Schedule>("POST", [name, "pause"], { reason }, true, SCHEDULE)
  }

  resume(name: string, reason?: string): Promise<Schedule> {
    return this.#ask<Schedule>("POST", [name, "resume"], { reason }, true, SCHEDULE)
  }

  /** Starts a run now; gives its id. */
  async trigger(name: string): Promise<string> {
    const path = [name, "trigger"]
    const { id } = await this.#ask<{ readonly id: string }>("POST", path, {}, false, TRIGGERED)
    return id
  }

  /** Starts the runs of a stretch of time that has passed. */
  backfill(
    name: string,
    range: { readonly from: string; readonly to: string; readonly overlap?: string },
  ): Promise<unknown> {
    return this.#ask("POST", [name, "backfill"], range, false, anything)
  }

  async #ask<T>(
    method: "GET" | "PUT" | "POST" | "DELETE",
    path: readonly string[],
    body: unknown,
    isRepeatable: boolean,
    shape: Shape,
  ): Promise<T> {
    const asked = { method, path: ["v1", "schedules", ...path], body, isRepeatable, shape }
    return (await this.#transport.json<T>(asked)).body
  }
}
