// Runs client: the Runs port over the namespace of run objects: one RPC a question.
// Owns: addressing, encoding of values, and what is asked again when an object was reset.
//   X1. Only what may safely happen twice is asked again: reads, starts, and messages with a key.
//   X2. An overloaded object is never asked again at once.

import { encode, encodeThrown } from "../engine/codec.ts"
import { BelayError } from "../engine/errors.ts"
import { WAIT_MS_MAX, UPDATE_WAIT_MS_DEFAULT } from "../engine/limits.ts"
import type {
  JournalPage,
  OperatorAction,
  RunRecord,
  Runs,
  SettledPromise,
  Settlement,
  Started,
  StartRequest,
  UpdateAnswer,
} from "../engine/runs.ts"
import { valueOf, type Answer } from "./answer.ts"
import { runIdOfToken } from "./promise-token.ts"
import { inputTextOf, type StartMessage } from "./start.ts"

/** The methods of a run object that are called over RPC. */
export interface RunDoor {
  start(id: string, message: StartMessage): Promise<Answer<Started>>
  result(id: string, waitMs: number): Promise<RunRecord | undefined>
  journal(id: string, after: string | undefined, limit: number): Promise<Answer<JournalPage>>
  state(id: string, name: string): Promise<Answer<string | undefined>>
  signal(id: string, name: string, text: string, key: string | undefined): Promise<Answer<null>>
  update(
    id: string,
    name: string,
    text: string,
    key: string,
    waitMs: number,
  ): Promise<Answer<UpdateAnswer>>
  updateAnswer(
    id: string,
    name: string,
    key: string,
    waitMs: number,
  ): Promise<Answer<UpdateAnswer | undefined>>
  settlePromise(
    token: string,
    outcome: { readonly state: "completed" | "failed"; readonly text: string },
  ): Promise<Answer<SettledPromise>>
  cancel(id: string, action: OperatorAction): Promise<Answer<RunRecord>>
  kill(id: string, action: OperatorAction): Promise<Answer<RunRecord>>
  retry(
    id: string,
    action: OperatorAction & { readonly from?: string | undefined },
  ): Promise<Answer<RunRecord>>
  skip(
    id: string,
    action: OperatorAction & { readonly path: string; readonly valueText: string },
  ): Promise<Answer<RunRecord>>
}

/** Tries in all when an object is reset under the call, with a short pause between. */
const CALLS_MAX = 4
const CALL_PAUSE_MS = 50

/** @param door finds the object of a run; a fresh one is asked for each call, since a broken one stays broken. */
export function createRuns(door: (id: string) => RunDoor): Runs {
  async function call<T>(
    id: string,
    isRepeatable: boolean,
    work: (object: RunDoor) => Promise<T>,
  ): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work(door(id))
      } catch (error) {
        if (!isRepeatable || tries >= CALLS_MAX || isOverloaded(error)) throw unavailable(error)
        await new Promise((resolve) => setTimeout(resolve, CALL_PAUSE_MS * tries))
      }
    }
  }

  return {
    async start(id, request) {
      const message = startMessage(request)
      return valueOf(await call(id, true, (object) => object.start(id, message)))
    },
    get: (id) => call(id, true, (object) => object.result(id, 0)),
    result: (id, waitMs) =>
      call(id, true, (object) => object.result(id, Math.min(waitMs, WAIT_MS_MAX))),
    async journal(id, after, limit) {
      return valueOf(await call(id, true, (object) => object.journal(id, after, limit)))
    },
    async state(id, name) {
      return valueOf(await call(id, true, (object) => object.state(id, name)))
    },
    async signal(id, name, value, key) {
      const text = valueTextOf(value)
      valueOf(await call(id, key !== undefined, (object) => object.signal(id, name, text, key)))
    },
    async update(id, name, value, options = {}) {
      const text = valueTextOf(value)
      const key = options.idempotencyKey ?? crypto.randomUUID()
      const waitMs = options.waitMs ?? UPDATE_WAIT_MS_DEFAULT
      return valueOf(await call(id, true, (object) => object.update(id, name, text, key, waitMs)))
    },
    async updateAnswer(id, name, key, waitMs) {
      return valueOf(await call(id, true, (object) => object.updateAnswer(id, name, key, waitMs)))
    },
    async settlePromise(token, settlement) {
      const id = runIdOfToken(token)
      if (id === undefined) {
        throw new BelayError(
          "promise_unknown",
          "This is not a promise's token; use the one the workflow handed out.",
        )
      }
      const outcome = settledOutcome(settlement)
      return valueOf(await call(id, true, (object) => object.settlePromise(token, outcome)))
    },
    async cancel(id, action) {
      return valueOf(await call(id, true, (object) => object.cancel(id, action)))
    },
    async kill(id, action) {
      return valueOf(await call(id, false, (object) => object.kill(id, action)))
    },
    async retry(id, action) {
      return valueOf(await call(id, false, (object) => object.retry(id, action)))
    },
    async skip(id, { value, ...action }) {
      const valueText = valueTextOf(value)
      return valueOf(await call(id, false, (object) => object.skip(id, { ...action, valueText })))
    },
  }
}

function startMessage(request: StartRequest): StartMessage {
  const { input, ...rest } = request
  return { ...rest, inputText: inputTextOf(input) }
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

function isOverloaded(error: unknown): boolean {
  return (error as { overloaded?: unknown }).overloaded === true
}

/** The object could not be reached: nothing is known to be wrong with the request. */
function unavailable(error: unknown): Error {
  if (error instanceof BelayError) return error
  return new BelayError("overloaded", "The run's object did not answer; ask again in a moment.", {
    cause: error instanceof Error ? error.message : String(error),
  })
}
