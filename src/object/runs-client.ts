// Runs client: the Runs port over the namespace of run objects: one RPC a question.
// Owns: addressing, encoding of values, and which questions may be asked again when an object was reset.

import { encode, encodeThrown } from "../engine/values/codec.ts"
import { BelayError } from "../engine/errors.ts"
import type { ExportCursor, ExportPage } from "../engine/recorded/export-line.ts"
import type { Outcome } from "../engine/ports/journal.ts"
import { WAIT_MS_MAX, UPDATE_WAIT_MS_DEFAULT } from "../engine/limits.ts"
import type { EventBatch, RunEvents } from "../engine/ports/run-events.ts"
import type {
  JournalPage,
  OperatorAction,
  RunRecord,
  Runs,
  SettledPromise,
  Settlement,
  StartRequest,
  UpdateAnswer,
} from "../engine/ports/runs.ts"
import type { Answer } from "./answer.ts"
import { forkRun, type ForkObject } from "./fork/fork-run.ts"
import { callObject } from "./object-call.ts"
import type { ResumeAction, RetryAction, SkipAction } from "./doors/operator-door.ts"
import { runIdOfToken } from "./store/promise-token.ts"
import type { SentRecord } from "./doors/run-record.ts"
import type { SentStart } from "./doors/start-door.ts"
import { inputTextOf, type StartMessage } from "./doors/start.ts"
import { ANNOUNCED_MS, type Announcer } from "./run-index/announcer.ts"
import { pack, type Packed } from "./wire.ts"

/** The methods of a run object that are called over RPC. */
export interface RunDoor extends ForkObject {
  start(id: string, message: Packed<StartMessage>): Promise<Answer<SentStart>>
  result(id: string, waitMs: number): Promise<Answer<SentRecord | undefined>>
  input(id: string): Promise<Answer<string>>
  unannounced(): Promise<Answer<null>>
  journal(id: string, after: string | undefined, limit: number): Promise<Answer<JournalPage>>
  export(id: string, from: ExportCursor | undefined): Promise<Answer<ExportPage>>
  events(id: string, after: string | undefined, waitMs: number): Promise<Answer<EventBatch>>
  state(id: string, name: string): Promise<Answer<string | undefined>>
  signal(
    id: string,
    name: string,
    text: Packed<string>,
    key: string | undefined,
  ): Promise<Answer<null>>
  update(
    id: string,
    name: string,
    text: Packed<string>,
    key: string,
    waitMs: number,
  ): Promise<Answer<UpdateAnswer>>
  updateAnswer(
    id: string,
    name: string,
    key: string,
    waitMs: number,
  ): Promise<Answer<UpdateAnswer | undefined>>
  settlePromise(token: string, outcome: Packed<Outcome>): Promise<Answer<SettledPromise>>
  cancel(id: string, action: Packed<OperatorAction>): Promise<Answer<SentRecord>>
  kill(id: string, action: Packed<OperatorAction>): Promise<Answer<SentRecord>>
  pause(id: string, action: Packed<OperatorAction>): Promise<Answer<SentRecord>>
  resume(id: string, action: Packed<ResumeAction>): Promise<Answer<SentRecord>>
  crash(id: string, action: Packed<OperatorAction>): Promise<Answer<SentRecord>>
  delete(id: string): Promise<Answer<null>>
  retry(id: string, action: Packed<RetryAction>): Promise<Answer<SentRecord>>
  skip(id: string, action: Packed<SkipAction>): Promise<Answer<SentRecord>>
}

/**
 * @param door finds the object of a run.
 * @param announcer tells the index of starts, where there is one.
 */
export function createRuns(door: (id: string) => RunDoor, announcer?: Announcer): Runs & RunEvents {
  const call = <T>(
    id: string,
    isRepeatable: boolean,
    work: (object: RunDoor) => Promise<Answer<T>>,
  ): Promise<T> => callObject(() => door(id), isRepeatable, work)

  async function whole(id: string, record: SentRecord): Promise<RunRecord> {
    const inputText = record.inputText ?? (await call(id, true, (object) => object.input(id)))
    return { ...record, inputText }
  }

  async function resultOf(id: string, waitMs: number): Promise<RunRecord | undefined> {
    const record = await call(id, true, (object) => object.result(id, waitMs))
    return record && whole(id, record)
  }

  return {
    async start(id, request) {
      const isAnnounced = announcer?.isOpen === true
      const announcedUntilMs = isAnnounced ? Date.now() + ANNOUNCED_MS : undefined
      const message = pack<StartMessage>({ ...startMessage(request), announcedUntilMs })
      // Before the start, not behind it: where one thread does both it is written when the start is.
      const announced = isAnnounced ? announcer?.announce(id) : undefined
      const { run, ...rest } = await call(id, true, (object) => object.start(id, message))
      if (announced !== undefined && (await announcer?.inTime(announced)) === false) {
        await call(id, true, (object) => object.unannounced())
      }
      return { ...rest, run: await whole(id, run) }
    },
    get: (id) => resultOf(id, 0),
    result: (id, waitMs) => resultOf(id, Math.min(waitMs, WAIT_MS_MAX)),
    journal: (id, after, limit) => call(id, true, (object) => object.journal(id, after, limit)),
    exportPage: (id, from) => call(id, true, (object) => object.export(id, from)),
    events: (id, after, waitMs) => call(id, true, (object) => object.events(id, after, waitMs)),
    state: (id, name) => call(id, true, (object) => object.state(id, name)),
    async signal(id, name, value, key) {
      const text = pack(valueTextOf(value))
      await call(id, key !== undefined, (object) => object.signal(id, name, text, key))
    },
    async update(id, name, value, options = {}) {
      const text = pack(valueTextOf(value))
      const key = options.idempotencyKey ?? crypto.randomUUID()
      const waitMs = options.waitMs ?? UPDATE_WAIT_MS_DEFAULT
      return call(id, true, (object) => object.update(id, name, text, key, waitMs))
    },
    updateAnswer: (id, name, key, waitMs) =>
      call(id, true, (object) => object.updateAnswer(id, name, key, waitMs)),
    async settlePromise(token, settlement) {
      const id = runIdOfToken(token)
      if (id === undefined) {
        throw new BelayError(
          "promise_unknown",
          "This is not a promise's token; use the one the workflow handed out.",
        )
      }
      const outcome = pack<Outcome>(settledOutcome(settlement))
      return call(id, true, (object) => object.settlePromise(token, outcome))
    },
    async cancel(id, action) {
      return whole(id, await call(id, true, (object) => object.cancel(id, pack(action))))
    },
    async kill(id, action) {
      return whole(id, await call(id, false, (object) => object.kill(id, pack(action))))
    },
    async pause(id, action) {
      return whole(id, await call(id, false, (object) => object.pause(id, pack(action))))
    },
    async resume(id, action) {
      return whole(id, await call(id, false, (object) => object.resume(id, pack(action))))
    },
    async crash(id, action) {
      return whole(id, await call(id, false, (object) => object.crash(id, pack(action))))
    },
    async fork(id, action) {
      const { run, ...rest } = await forkRun((at, work) => call(at, true, work), id, action)
      return { ...rest, run: await whole(action.to, run) }
    },
    async delete(id) {
      await call(id, false, (object) => object.delete(id))
    },
    async retry(id, action) {
      return whole(id, await call(id, false, (object) => object.retry(id, pack(action))))
    },
    async skip(id, { value, ...action }) {
      const skip = pack<SkipAction>({ ...action, valueText: valueTextOf(value) })
      return whole(id, await call(id, false, (object) => object.skip(id, skip)))
    },
  }
}

function startMessage(request: StartRequest): StartMessage {
  const { input, signal, update, idempotencyKey, waitMs, ...rest } = request
  const incarnation = crypto.randomUUID()
  const carried = ({ name, value }: NonNullable<typeof signal>) => ({
    name,
    text: valueTextOf(value),
  })
  return {
    ...rest,
    inputText: inputTextOf(input),
    incarnation,
    key: idempotencyKey ?? incarnation,
    waitMs: waitMs ?? (update === undefined ? 0 : UPDATE_WAIT_MS_DEFAULT),
    ...(signal === undefined ? {} : { signal: carried(signal) }),
    ...(update === undefined ? {} : { update: carried(update) }),
  }
}

function settledOutcome(settlement: Settlement): { state: "completed" | "failed"; text: string } {
  if (settlement.type === "resolve")
    return { state: "completed", text: valueTextOf(settlement.value) }
  const { message, code, details } = settlement
  const error = Object.assign(new Error(message), {
    ...(code === undefined ? {} : { code }),
    ...(details === undefined ? {} : { details }),
  })
  // Where the error was made says nothing to the workflow that receives it.
  error.stack = ""
  return { state: "failed", text: encodeThrown(error) }
}

function valueTextOf(value: unknown): string {
  try {
    return encode(value)
  } catch (error) {
    throw new BelayError("invalid_request", error instanceof Error ? error.message : String(error))
  }
}
