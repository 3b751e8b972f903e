// Schedules: what can be asked of schedules from outside, whoever answers. The port between the doors (http/, belay)
// and the objects that hold the schedules.
// Owns: the shapes that cross it, and the words of the policies. Must not touch: how a cron text is read.
//   U1. Every method throws BelayError with a code of the closed list, and nothing else on purpose.

import type { OperatorAction, RunStatus } from "./runs.ts"

/** What a tick does while an earlier run of the schedule has not ended: nothing, wait for its end, or begin beside it. */
export const OVERLAP_POLICIES = ["skip", "buffer", "allow"] as const

export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number]

/** What is made up for of the ticks that came while nothing ran: none, the newest, or each. */
export const MISSED_POLICIES = ["skip", "one", "all"] as const

type MissedPolicy = (typeof MISSED_POLICIES)[number]

export interface ScheduleOptions {
  /** IANA name of the zone whose clock the cron text is about; UTC unless given. */
  readonly timeZone?: string | undefined
  /** `skip` unless given. */
  readonly overlap?: OverlapPolicy | undefined
  /** `one` unless given. */
  readonly missed?: MissedPolicy | undefined
  /** How late a tick may begin; later it is a missed one. A minute with `missed: "skip"`, else a year, unless given. */
  readonly catchUpMs?: number | undefined
  /** Version of the workflow; the newest at each tick unless given. */
  readonly version?: number | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** Deadline of each run, from its start. */
  readonly timeoutMs?: number | undefined
  /** Whether it stands still. Left out, a new one goes and one that stands keeps its state. */
  readonly paused?: boolean | undefined
}

export interface ScheduleRequest extends ScheduleOptions {
  readonly workflow: string
  readonly input?: readonly unknown[] | undefined
  readonly cron: string
}

/** A request with all its defaults filled in: what a schedule is to do. */
export interface ScheduleSpec {
  readonly workflow: string
  readonly version?: number | undefined
  /** Encoded list of arguments. */
  readonly inputText: string
  readonly cron: string
  readonly timeZone: string
  readonly overlap: OverlapPolicy
  readonly missed: MissedPolicy
  readonly catchUpMs: number
  readonly tags: Readonly<Record<string, string>>
  readonly timeoutMs?: number | undefined
}

/** A start that was given up. */
export interface ScheduleError {
  readonly code: string
  readonly message: string
  readonly runId: string
  readonly atMs: number
}

interface ScheduleCounters {
  /** Runs that were begun. */
  readonly started: number
  /** Ticks that began none because a run had not ended. */
  readonly skipped: number
  /** Ticks that came while nothing ran and were not made up for. */
  readonly missed: number
  /** Ticks whose run was refused. */
  readonly failed: number
}

export interface ScheduleRecord {
  readonly name: string
  readonly spec: ScheduleSpec
  /** Since when, by whom and why it stands still. */
  readonly paused?: OperatorAction & { readonly atMs: number }
  readonly createdAtMs: number
  /** Absent while it is paused. */
  readonly nextAtMs?: number
  /** The ticks behind that one, as far as they are told; absent while it is paused. */
  readonly laterAtMs?: readonly number[]
  /** The newest tick that was seen to, whatever came of it. */
  readonly lastAtMs?: number
  /** The newest run; its status where one schedule is asked for and the run is still there. */
  readonly lastRun?: { readonly id: string; readonly status?: RunStatus }
  /** Of the newest start, when it was refused. */
  readonly lastError?: ScheduleError
  /** The tick that waits for the end of the running one. */
  readonly bufferedAtMs?: number
  /** Ticks of a backfill that are still to be seen to. */
  readonly backfilling: number
  readonly counters: ScheduleCounters
}

export interface SchedulePage {
  readonly schedules: readonly ScheduleRecord[]
  /** Give it as `cursor` to get the next page; absent on the last one. */
  readonly cursor?: string
}

export interface Backfill {
  /** Both ends belong to it. */
  readonly fromMs: number
  readonly toMs: number
  /** The schedule's own unless given; `buffer` begins them one after the other. */
  readonly overlap?: OverlapPolicy | undefined
}

export interface Schedules {
  /** Creates it, or makes it this. @throws workflow_unknown, version_unknown, invalid_request, invalid_id */
  put(
    name: string,
    request: ScheduleRequest,
    action?: OperatorAction,
  ): Promise<{ readonly created: boolean; readonly schedule: ScheduleRecord }>
  /** `undefined` when there is no such schedule. */
  get(name: string): Promise<ScheduleRecord | undefined>
  /** In the order of their names. @throws invalid_request for an unknown cursor */
  list(cursor: string | undefined, limit: number): Promise<SchedulePage>
  /** Its runs stay. @throws schedule_unknown */
  delete(name: string): Promise<void>
  /** @throws schedule_unknown */
  pause(name: string, action: OperatorAction): Promise<ScheduleRecord>
  resume(name: string): Promise<ScheduleRecord>
  /** Begins a run now, whatever else runs. @throws schedule_unknown, and what a start throws */
  trigger(name: string): Promise<{ readonly runId: string }>
  /** Begins the runs of a range's ticks that are not there. @throws schedule_unknown, invalid_request, limit_reached */
  backfill(name: string, backfill: Backfill): Promise<{ readonly ticks: number }>
}
