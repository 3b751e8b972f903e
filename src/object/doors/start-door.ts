// Start door: a start as it arrives at a run object: it makes the run or joins it, with the messages it carries.
// Owns: that stretch, and what the caller then waits for. Must not touch: the rule of promise 4 (start.ts).
//   D1. The run and the messages of its start are written together, before the workflow begins; a run that stands gets
//       them in the stretch of the look-up.
//   D2. A start that is repeated brings its messages once: they carry its key.

import type { Registry } from "../../engine/workflow/registry.ts"
import type { UpdateAnswer } from "../../engine/ports/runs.ts"
import type { TraceContext } from "../../engine/ports/trace-context.ts"
import type { Arrival, MessageDoor } from "./message-door.ts"
import type { RunHome } from "../run/run-home.ts"
import { sent, type SentRecord } from "./run-record.ts"
import {
  newRow,
  requireSameRun,
  requireValidInput,
  requireWorkflow,
  type StartMessage,
} from "./start.ts"

export interface SentStart {
  readonly created: boolean
  readonly run: SentRecord
  /** How the update stands that came with the start. */
  readonly update?: UpdateAnswer
  readonly trace?: TraceContext
}

export class StartDoor {
  readonly #registry: Registry
  readonly #home: RunHome
  readonly #messages: MessageDoor

  constructor(registry: Registry, home: RunHome, messages: MessageDoor) {
    this.#registry = registry
    this.#home = home
    this.#messages = messages
  }

  async start(id: string, message: StartMessage): Promise<SentStart> {
    if (this.#home.standing() === undefined) {
      await requireValidInput(requireWorkflow(this.#registry, message), message.inputText)
    }
    // From here on it is one stretch; another start may have come first while the schema was asked.
    if (this.#home.standing() === undefined) this.#create(id, message)
    else this.#join(id, message)
    const update = await this.#wait(id, message)
    const run = sent(this.#home.record(id))
    const created = run.incarnation === message.incarnation
    const trace = this.#home.tracing.ofRun(this.#home.row(id))
    return {
      created,
      run,
      ...(update === undefined ? {} : { update }),
      ...(trace === undefined ? {} : { trace }),
    }
  }

  #create(id: string, message: StartMessage): void {
    const workflow = requireWorkflow(this.#registry, message)
    // A fork that has not begun gives way.
    this.#home.staged.clear()
    const row = newRow(id, message, workflow, Date.now())
    this.#home.requireLimiter(row)
    const arrivals = arrivalsOf(message)
    const deliver = () => {
      for (const arrival of arrivals) this.#messages.accept(row, arrival)
    }
    const isAnnounced = Date.now() < (message.announcedUntilMs ?? 0)
    this.#home.driver.create(row, arrivals.length === 0 ? undefined : deliver, isAnnounced)
  }

  #join(id: string, message: StartMessage): void {
    const row = this.#home.enter(id)
    requireSameRun(row, message)
    this.#messages.take(row, arrivalsOf(message))
  }

  /** With an update the caller asks for its answer, otherwise for the run's end. */
  async #wait(id: string, message: StartMessage): Promise<UpdateAnswer | undefined> {
    const { update, key, waitMs } = message
    if (update !== undefined) {
      return this.#messages.updateAnswer(id, update.name, key, waitMs)
    }
    await this.#home.waitForEnd(waitMs)
    return undefined
  }
}

function arrivalsOf({ signal, update, key }: StartMessage): Arrival[] {
  return [
    ...(signal === undefined ? [] : [{ ...signal, kind: "signal" as const, key }]),
    ...(update === undefined ? [] : [{ ...update, kind: "update" as const, key }]),
  ]
}
