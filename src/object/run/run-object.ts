// Run object: one run, one Durable Object: its RPC methods and its alarm.
// Owns: the RPC face: each method one door, each answer a value or a code. Must not touch: HTTP, how a run is driven.
//   J1. A door writes in one synchronous stretch, which the output gate makes durable before the answer leaves.
//   J2. Asking for a run that is not there writes nothing.
//   J3. alarm() never throws for a reason of the run's, and waits for no step (promise 12).

import { DurableObject } from "cloudflare:workers"
import { DRY_REPLAY, dryReplay, type DryReplayer } from "../../engine/recorded/dry-replay.ts"
import type { ExportCursor, ExportPage } from "../../engine/recorded/export-line.ts"
import type { Outcome } from "../../engine/ports/journal.ts"
import type { Registry } from "../../engine/workflow/registry.ts"
import type { EventBatch } from "../../engine/ports/run-events.ts"
import type {
  JournalPage,
  OperatorAction,
  SettledPromise,
  UpdateAnswer,
} from "../../engine/ports/runs.ts"
import { deliveryOf } from "../alarm-delivery.ts"
import { answering, type Answer } from "../answer.ts"
import { EventDoor, type EventText } from "../events/event-door.ts"
import type { FamilyStub } from "../family/family-courier.ts"
import { FamilyDoor } from "../family/family-door.ts"
import type { FamilyKind } from "../family/messages.ts"
import { ForkDoor } from "../fork/fork-door.ts"
import type {
  ForkBegin,
  ForkCursor,
  ForkNote,
  ForkOrder,
  ForkPage,
  StagedPage,
} from "../fork/fork-messages.ts"
import { journalPage } from "../store/journal-view.ts"
import type { Ask, Heard, LimiterStub } from "../limiter/messages.ts"
import { SlotDoor } from "../limiter/slot-door.ts"
import { MessageDoor } from "../doors/message-door.ts"
import type { Namespace } from "../namespace.ts"
import type { RunObjectClass } from "../object-class.ts"
import {
  OperatorDoor,
  type ResumeAction,
  type RetryAction,
  type SkipAction,
} from "../doors/operator-door.ts"
import { RunHome } from "./run-home.ts"
import { cardOf } from "../run-index/card.ts"
import type { CardAnswer } from "../run-index/messages.ts"
import type { Shards } from "../run-index/shards.ts"
import { sent, type SentRecord } from "../doors/run-record.ts"
import { StartDoor, type SentStart } from "../doors/start-door.ts"
import type { StartMessage } from "../doors/start.ts"
import { unpack, type Packed } from "../wire.ts"

export interface RunObjectParts {
  /** What a socket is sent for an event. */
  readonly eventText: EventText
  /** Finds the binding of this very class. */
  readonly namespaceOf: (env: Cloudflare.Env) => Namespace<FamilyStub>
  /** Finds the binding of the limiters; `undefined` where there is none. */
  readonly limitersOf: (env: Cloudflare.Env) => Namespace<LimiterStub> | undefined
  /** Finds the index; `undefined` where none is bound. */
  readonly shardsOf?: (env: Cloudflare.Env) => Shards | undefined
}

/** Makes the object class for a registry; bind it as RUNS. */
export function createRunObject(
  registry: Registry,
  { eventText, namespaceOf, limitersOf, shardsOf }: RunObjectParts,
): RunObjectClass {
  return class RunObject extends DurableObject<Cloudflare.Env> {
    /** For whoever loads the code elsewhere, to see whether it still does what a recorded run did. */
    static readonly [DRY_REPLAY]: DryReplayer = (recorded, options) =>
      dryReplay(registry, recorded, options)

    readonly #home: RunHome
    readonly #messages: MessageDoor
    readonly #starts: StartDoor
    readonly #operator: OperatorDoor
    readonly #forks: ForkDoor
    readonly #events: EventDoor
    readonly #family: FamilyDoor
    readonly #slot: SlotDoor

    constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
      super(ctx, env)
      this.#home = new RunHome(registry, ctx, env, {
        stub: (id) => {
          const namespace = namespaceOf(env)
          return namespace.get(namespace.idFromName(id))
        },
        limiter: (name) => {
          const namespace = limitersOf(env)
          return namespace?.get(namespace.idFromName(name))
        },
        shards: shardsOf?.(env),
        childEnded: (link, outcome) => this.#family.childEnded(link, outcome),
      })
      this.#messages = new MessageDoor(this.#home)
      this.#starts = new StartDoor(registry, this.#home, this.#messages)
      this.#operator = new OperatorDoor(this.#home)
      this.#forks = new ForkDoor(this.#home, registry)
      this.#events = new EventDoor(this.#home, ctx, eventText)
      this.#family = new FamilyDoor(this.#home, this.#operator, registry)
      this.#slot = new SlotDoor(this.#home)
    }

    override async alarm(info?: AlarmInvocationInfo): Promise<void> {
      this.#home.driver.alarmed(await deliveryOf(this.ctx.storage, info))
    }

    async start(id: string, packed: Packed<StartMessage>): Promise<Answer<SentStart>> {
      return answering(() => this.#starts.start(id, unpack<StartMessage>(packed)))
    }

    /** The run, or `undefined`; waits at most `waitMs` for it to end or halt. */
    async result(id: string, waitMs: number): Promise<Answer<SentRecord | undefined>> {
      return answering(async () => {
        if (this.#home.driver.row === undefined) return undefined
        this.#home.look(id)
        await this.#home.waitForEnd(waitMs)
        return sent(this.#home.record(id))
      })
    }

    /** The run as the index has it. */
    async card(): Promise<Answer<CardAnswer>> {
      return answering(() => {
        const row = this.#home.seen()
        return row && cardOf(row)
      })
    }

    async expire(): Promise<Answer<CardAnswer>> {
      return answering(() => {
        const row = this.#home.expire()
        return row && cardOf(row)
      })
    }

    /** Whoever started it could not tell the index; a run that is gone has nothing to tell. */
    async unannounced(): Promise<Answer<null>> {
      return answering(() => {
        this.#home.unannounced()
        return null
      })
    }

    /** The input alone, for a record that was too large to be sent with it. */
    async input(id: string): Promise<Answer<string>> {
      return answering(() => this.#home.row(id).inputText)
    }

    async journal(
      id: string,
      after: string | undefined,
      limit: number,
    ): Promise<Answer<JournalPage>> {
      return answering(() => {
        this.#home.look(id)
        const { journal } = this.#home.tables
        return journalPage((afterSeq, count) => journal.read(afterSeq, count), after, limit)
      })
    }

    /** Wakes nothing: the run is shown as it stands. */
    async export(id: string, from: ExportCursor | undefined): Promise<Answer<ExportPage>> {
      return answering(() => this.#home.export.page(this.#home.row(id), from, Date.now()))
    }

    async events(
      id: string,
      after: string | undefined,
      waitMs: number,
    ): Promise<Answer<EventBatch>> {
      return answering(() => this.#events.events(id, after, waitMs))
    }

    /** A socket for somebody who watches the run; everything else is a method. */
    override async fetch(request: Request): Promise<Response> {
      return this.#events.accept(request)
    }

    override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
      this.#events.received(socket, message)
    }

    override webSocketClose(): void {
      this.#events.closed()
    }

    override webSocketError(): void {
      this.#events.closed()
    }

    async state(id: string, name: string): Promise<Answer<string | undefined>> {
      return answering(() => {
        this.#home.look(id)
        return this.#home.tables.state.get(name)
      })
    }

    async signal(
      id: string,
      name: string,
      text: Packed<string>,
      key: string | undefined,
    ): Promise<Answer<null>> {
      return answering(() => this.#messages.signal(id, name, unpack(text), key))
    }

    async update(
      id: string,
      name: string,
      text: Packed<string>,
      key: string,
      waitMs: number,
    ): Promise<Answer<UpdateAnswer>> {
      return answering(() => this.#messages.update(id, name, unpack(text), key, waitMs))
    }

    async updateAnswer(
      id: string,
      name: string,
      key: string,
      waitMs: number,
    ): Promise<Answer<UpdateAnswer | undefined>> {
      return answering(() => this.#messages.updateAnswer(id, name, key, waitMs))
    }

    async settlePromise(token: string, outcome: Packed<Outcome>): Promise<Answer<SettledPromise>> {
      return answering(() => this.#messages.settlePromise(token, unpack<Outcome>(outcome)))
    }

    /** A message of a run's family: a parent or a child of this one. */
    async deliver(id: string, kind: FamilyKind, payload: Packed<unknown>): Promise<Answer<null>> {
      return answering(() => this.#family.deliver(id, kind, unpack(payload)))
    }

    /** Its limiter grants the run its slot, or asks whether it still holds it. */
    async granted(message: Ask): Promise<Answer<Heard>> {
      return answering(() => this.#slot.granted(message))
    }

    async cancel(id: string, action: Packed<OperatorAction>): Promise<Answer<SentRecord>> {
      return answering(() => sent(this.#operator.cancel(id, unpack<OperatorAction>(action))))
    }

    async kill(id: string, action: Packed<OperatorAction>): Promise<Answer<SentRecord>> {
      return answering(() => sent(this.#operator.kill(id, unpack<OperatorAction>(action))))
    }

    async pause(id: string, action: Packed<OperatorAction>): Promise<Answer<SentRecord>> {
      return answering(() => sent(this.#operator.pause(id, unpack<OperatorAction>(action))))
    }

    async resume(id: string, action: Packed<ResumeAction>): Promise<Answer<SentRecord>> {
      return answering(() => sent(this.#operator.resume(id, unpack<ResumeAction>(action))))
    }

    async crash(id: string, action: Packed<OperatorAction>): Promise<Answer<SentRecord>> {
      return answering(() => sent(this.#operator.crash(id, unpack<OperatorAction>(action))))
    }

    async delete(id: string): Promise<Answer<null>> {
      return answering(() => this.#operator.delete(id))
    }

    async forkPage(
      id: string,
      order: ForkOrder,
      from: ForkCursor | undefined,
    ): Promise<Answer<ForkPage>> {
      return answering(() => this.#forks.page(id, order, from))
    }

    async stageFork(page: Packed<StagedPage>): Promise<Answer<boolean>> {
      return answering(() => this.#forks.stage(unpack<StagedPage>(page)))
    }

    async beginFork(id: string, begin: Packed<ForkBegin>): Promise<Answer<SentStart>> {
      return answering(() => this.#forks.begin(id, unpack<ForkBegin>(begin)))
    }

    async noteFork(note: ForkNote): Promise<Answer<null>> {
      return answering(() => this.#forks.note(note))
    }

    async retry(id: string, action: Packed<RetryAction>): Promise<Answer<SentRecord>> {
      return answering(() => sent(this.#operator.retry(id, unpack<RetryAction>(action))))
    }

    async skip(id: string, action: Packed<SkipAction>): Promise<Answer<SentRecord>> {
      return answering(() => sent(this.#operator.skip(id, unpack<SkipAction>(action))))
    }
  }
}
