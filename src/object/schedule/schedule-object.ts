// Schedule object: one schedule, one Durable Object: its RPC methods and its alarm. One more object of the class, under a
// name that no schedule can have, is the directory of them all.
// Owns: the RPC face: each method one door, each answer a value or a code. Must not touch: HTTP, how ticks are seen to.
//   J1. alarm() never throws: what fails in it is tried again by the alarm it leaves behind (promise 12).

import { DurableObject } from "cloudflare:workers"
import type { OperatorAction, Runs } from "../../engine/ports/runs.ts"
import type { Backfill, ScheduleRecord } from "../../engine/ports/schedules.ts"
import { deliveryOf } from "../alarm-delivery.ts"
import { answering, valueOf, type Answer } from "../answer.ts"
import type { ScheduleObjectClass } from "../object-class.ts"
import { RunAlarm } from "../run-alarm.ts"
import { unpack, type Packed } from "../wire.ts"
import { Directory, type Declared, type Listed } from "./directory.ts"
import { inTime, RunStarter } from "./run-starter.ts"
import { ScheduleDoor, type PutAnswer, type PutMessage } from "./schedule-door.ts"
import { ScheduleDriver } from "./schedule-driver.ts"
import type { ScheduleRow } from "./schedule-row.ts"
import { ScheduleRows } from "./schedule-rows.ts"
import type { DirectoryDoor } from "./schedules-client.ts"

/** Where a schedule finds what it talks to. */
export interface ScheduleSurroundings {
  readonly runs: (env: Cloudflare.Env) => Runs
  readonly directory: (env: Cloudflare.Env) => DirectoryDoor
}

/** Makes the object class; bind it as SCHEDULES. */
export function createScheduleObject({
  runs,
  directory,
}: ScheduleSurroundings): ScheduleObjectClass {
  return class ScheduleObject extends DurableObject<Cloudflare.Env> {
    readonly #driver: ScheduleDriver
    readonly #door: ScheduleDoor
    readonly #directory: Directory

    constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
      super(ctx, env)
      const rows = new ScheduleRows(ctx.storage)
      this.#driver = new ScheduleDriver({
        rows,
        // What is owed to others stands among its own rows, so nothing more asks for the alarm.
        alarm: new RunAlarm(
          ctx.storage,
          () => undefined,
          (reason) => ctx.abort(reason),
        ),
        starter: new RunStarter(() => runs(env)),
        tell: (row) => tell(directory(env), row),
      })
      this.#door = new ScheduleDoor(rows, this.#driver)
      this.#directory = new Directory(ctx.storage)
    }

    override async alarm(info?: AlarmInvocationInfo): Promise<void> {
      this.#driver.alarmed(await deliveryOf(this.ctx.storage, info))
      await this.#driver.work()
    }

    async put(name: string, message: Packed<PutMessage>): Promise<Answer<PutAnswer>> {
      return answering(() => this.#door.put(name, unpack<PutMessage>(message)))
    }

    async get(): Promise<Answer<ScheduleRecord | undefined>> {
      return answering(() => this.#door.get())
    }

    async remove(name: string): Promise<Answer<null>> {
      return answering(() => this.#door.remove(name))
    }

    async pause(name: string, action: OperatorAction): Promise<Answer<ScheduleRecord>> {
      return answering(() => this.#door.pause(name, action))
    }

    async resume(name: string): Promise<Answer<ScheduleRecord>> {
      return answering(() => this.#door.resume(name))
    }

    async trigger(name: string, runId: string): Promise<Answer<null>> {
      return answering(() => this.#door.trigger(name, runId))
    }

    async backfill(name: string, backfill: Backfill): Promise<Answer<{ readonly ticks: number }>> {
      return answering(() => this.#door.backfill(name, backfill))
    }

    // Of the directory.

    async enlist(listed: Listed): Promise<Answer<null>> {
      return answering(() => this.#directory.enlist(listed))
    }

    async delist(listed: Listed): Promise<Answer<null>> {
      return answering(() => this.#directory.delist(listed))
    }

    async list(after: string, limit: number): Promise<Answer<readonly Listed[]>> {
      return answering(() => this.#directory.list(after, limit))
    }

    async undeclared(all: readonly Declared[]): Promise<Answer<readonly string[]>> {
      return answering(() => this.#directory.undeclared(all))
    }

    async declared(declared: Declared): Promise<Answer<null>> {
      return answering(() => this.#directory.declared(declared))
    }
  }
}

/** @throws whatever the way to the directory throws */
async function tell(directory: DirectoryDoor, row: ScheduleRow): Promise<void> {
  const { name, createdAtMs, isRemoved } = row
  const listed = { name, createdAtMs }
  valueOf(await inTime(isRemoved ? directory.delist(listed) : directory.enlist(listed)))
}
