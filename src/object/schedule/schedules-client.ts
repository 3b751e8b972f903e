// Schedules client: the Schedules port over the namespace of schedule objects.
// Owns: addressing, and which questions may be asked again when an object was reset: all of them, since whatever a
// call makes gets its name here. Must not touch: what a verb does.

import { BelayError } from "../../engine/errors.ts"
import type { Registry } from "../../engine/workflow/registry.ts"
import type { OperatorAction, Runs } from "../../engine/ports/runs.ts"
import type {
  Backfill,
  ScheduleRecord,
  SchedulePage,
  Schedules,
} from "../../engine/ports/schedules.ts"
import type { Answer } from "../answer.ts"
import { callObject } from "../object-call.ts"
import { pack, type Packed } from "../wire.ts"
import { DIRECTORY_NAME, type Declared, type Listed } from "./directory.ts"
import { triggerRunId } from "./run-ids.ts"
import type { PutAnswer, PutMessage } from "./schedule-door.ts"
import { requireScheduleName, scheduleSpec } from "./schedule-spec.ts"

/** The methods of the directory that are called over RPC. */
export interface DirectoryDoor {
  enlist(listed: Listed): Promise<Answer<null>>
  delist(listed: Listed): Promise<Answer<null>>
  list(after: string, limit: number): Promise<Answer<readonly Listed[]>>
  undeclared(all: readonly Declared[]): Promise<Answer<readonly string[]>>
  declared(declared: Declared): Promise<Answer<null>>
}

/** The methods of a schedule's object that are called over RPC. */
export interface ScheduleObjectDoor extends DirectoryDoor {
  put(name: string, message: Packed<PutMessage>): Promise<Answer<PutAnswer>>
  get(): Promise<Answer<ScheduleRecord | undefined>>
  remove(name: string): Promise<Answer<null>>
  pause(name: string, action: OperatorAction): Promise<Answer<ScheduleRecord>>
  resume(name: string): Promise<Answer<ScheduleRecord>>
  trigger(name: string, runId: string): Promise<Answer<null>>
  backfill(name: string, backfill: Backfill): Promise<Answer<{ readonly ticks: number }>>
}

export interface SchedulesParts {
  readonly registry: Registry
  readonly runs: Runs
  /** Finds the object of that name. */
  readonly door: (name: string) => ScheduleObjectDoor
}

export function createSchedules({ registry, runs, door }: SchedulesParts): Schedules {
  const call = <T>(
    name: string,
    work: (object: ScheduleObjectDoor) => Promise<Answer<T>>,
  ): Promise<T> => callObject(() => door(name), true, work)

  /** The directory heard of it in vain: it is told what it should have been told. */
  async function forget(listed: Listed): Promise<void> {
    await call(DIRECTORY_NAME, (object) => object.delist(listed))
  }

  return {
    async put(name, request, action = {}) {
      requireScheduleName(name)
      const { paused } = request
      const message: PutMessage = {
        spec: await scheduleSpec(registry, request),
        paused,
        action,
        incarnation: crypto.randomUUID(),
      }
      return call(name, (object) => object.put(name, pack(message)))
    },
    async get(name) {
      const schedule = await call(name, (object) => object.get())
      if (schedule?.lastRun === undefined) return schedule
      const { id } = schedule.lastRun
      const run = await runs.get(id)
      return run === undefined ? schedule : { ...schedule, lastRun: { id, status: run.status } }
    },
    async list(cursor, limit): Promise<SchedulePage> {
      const after = cursor === undefined ? "" : nameOfCursor(cursor)
      const found = await call(DIRECTORY_NAME, (object) => object.list(after, limit + 1))
      const listed = found.slice(0, limit)
      const schedules = await Promise.all(
        listed.map(async (one) => {
          const schedule = await call(one.name, (object) => object.get())
          if (schedule === undefined) await forget(one)
          return schedule
        }),
      )
      const last = found.length > limit ? listed.at(-1) : undefined
      return {
        schedules: schedules.filter((schedule) => schedule !== undefined),
        ...(last !== undefined && { cursor: cursorOf(last.name) }),
      }
    },
    async delete(name) {
      await call(name, (object) => object.remove(name))
    },
    pause: (name, action) => call(name, (object) => object.pause(name, action)),
    resume: (name) => call(name, (object) => object.resume(name)),
    async trigger(name) {
      const runId = triggerRunId(name, Date.now())
      await call(name, (object) => object.trigger(name, runId))
      return { runId }
    },
    async backfill(name, backfill) {
      requireRange(backfill, Date.now())
      return call(name, (object) => object.backfill(name, backfill))
    },
  }
}

/** @throws invalid_request */
function requireRange({ fromMs, toMs }: Backfill, nowMs: number): void {
  if (fromMs > toMs) {
    throw new BelayError("invalid_request", '"from" lies after "to"; give the earlier one first.')
  }
  if (toMs > nowMs) {
    throw new BelayError(
      "invalid_request",
      '"to" lies in the future; a backfill is about ticks that have been.',
    )
  }
}

/** Opaque to callers: the name of the last one on the page. */
function cursorOf(name: string): string {
  return encodeURIComponent(name)
}

/** @throws invalid_request */
function nameOfCursor(cursor: string): string {
  try {
    const name = decodeURIComponent(cursor)
    requireScheduleName(name)
    return name
  } catch {
    throw new BelayError(
      "invalid_request",
      `The cursor "${cursor.slice(0, 60)}" is none of ours; give the one of the page before, or leave it out.`,
    )
  }
}
