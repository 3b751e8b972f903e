// Run home: what every door of a run object stands on: its tables, its driver, and who waits at it.
// Owns: the order at a door: the run must be there, what fell due is seen to first, then the door does its work.
// Must not touch: RPC shapes beyond the run's record.

import { BelayError } from "../../engine/errors.ts"
import type { Outcome } from "../../engine/ports/journal.ts"
import { INBOX_MESSAGES_MAX, WAIT_MS_MAX } from "../../engine/limits.ts"
import type { Registry } from "../../engine/workflow/registry.ts"
import { isFinal, type RunRecord } from "../../engine/ports/runs.ts"
import { eraseRun } from "./erase.ts"
import type { StagedPage } from "../fork/fork-messages.ts"
import { StagedRows } from "../fork/staged-rows.ts"
import { GoneRows } from "../family/gone-rows.ts"
import { FamilyCourier, type FamilyStub } from "../family/family-courier.ts"
import { HaltAlert, type AlertSettings } from "../driver/halt-alert.ts"
import { LimiterCourier, limitsMissing } from "../limiter/limiter-courier.ts"
import type { LimiterStub } from "../limiter/messages.ts"
import { byKind, type Courier } from "../outbox/couriers.ts"
import { Outbox } from "../outbox/outbox.ts"
import { OutboxRows } from "../outbox/outbox-rows.ts"
import { RunAlarm } from "../run-alarm.ts"
import { IndexNews } from "../run-index/index-news.ts"
import type { Gone } from "../run-index/messages.ts"
import type { Shards } from "../run-index/shards.ts"
import type { RunDriver } from "../driver/run-driver.ts"
import type { RunExport } from "../export/run-export.ts"
import { newLife, type RunLife } from "./run-life.ts"
import { setLogLevel } from "../run-log.ts"
import { runRecord } from "../doors/run-record.ts"
import { isExpired } from "../driver/run-rest.ts"
import type { ParentLink, RunRow } from "../store/stored-run.ts"
import { TABLES } from "../store/schema.ts"
import type { RunTables } from "../store/sqlite-run-store.ts"
import { StoreRoom } from "../driver/store-room.ts"
import { readTraceSettings, type TraceVariables } from "../telemetry/trace-settings.ts"
import { Tracing } from "../telemetry/tracing.ts"
import { Tables } from "../store/tables.ts"
import { Waiters } from "./waiters.ts"

/** Whom the outbox tells of a deletion: both shards that keep the run. */
const INDEX_TARGET = "index"

/** What a home is given by the object it is in. */
export interface HomeParts {
  /** The object of another run. */
  readonly stub: (id: string) => FamilyStub
  /** A limiter; `undefined` where none are bound. */
  readonly limiter: (name: string) => LimiterStub | undefined
  /** The index; `undefined` where none is bound. */
  readonly shards: Shards | undefined
  /** A child could not even be started. */
  readonly childEnded: (link: ParentLink, outcome: Outcome) => void
}

/** From a crash on purpose being durable to the crash: whoever asked for it has the answer by then. */
const CRASH_DELAY_MS = 20

export class RunHome {
  readonly waiters = new Waiters()
  readonly staged: StagedRows
  /** Who was told of runs that are no more. */
  readonly gone: GoneRows
  /** Of the object: every life of its run shares it. */
  readonly room: StoreRoom
  readonly tracing: Tracing
  readonly #traceSettings: ReturnType<typeof readTraceSettings>
  readonly #registry: Registry
  readonly #env: unknown
  readonly #limiter: HomeParts["limiter"]
  readonly #storage: DurableObjectStorage
  readonly #abort: (reason: string) => void
  readonly #database: Tables
  /** The object's, not the run's: what a deleted run had to say is still said. */
  readonly #outbox: Outbox
  /** The object's as well: which one is being delivered is known beyond the end of a run's life. */
  readonly #alarm: RunAlarm
  readonly #alert: HaltAlert
  /** The object's as well: a new life of the run is told behind the last one. */
  readonly #news: IndexNews
  readonly #dependencies = new Map<string, unknown>()
  #life: RunLife

  constructor(registry: Registry, ctx: DurableObjectState, env: unknown, parts: HomeParts) {
    this.#registry = registry
    this.#env = env
    this.#limiter = parts.limiter
    this.#storage = ctx.storage
    this.#abort = (reason) => ctx.abort(reason)
    this.#database = new Tables(ctx.storage, TABLES)
    this.staged = new StagedRows(this.#database)
    this.gone = new GoneRows(this.#database)
    this.room = new StoreRoom(ctx.storage.sql)
    setLogLevel((env as Partial<Cloudflare.Env>).BELAY_LOG_LEVEL)
    this.#traceSettings = readTraceSettings(env as TraceVariables)
    this.tracing = new Tracing(this.#traceSettings)
    this.#outbox = new Outbox({
      rows: new OutboxRows(this.#database),
      courier: this.#couriers(parts),
      changed: () => this.driver.sendOut(),
      nowMs: () => Date.now(),
    })
    this.#news = new IndexNews({
      shards: parts.shards,
      row: () => this.driver.row,
      changed: () => this.driver.sendOut(),
      nowMs: () => Date.now(),
    })
    const counted = () => this.#database.sql.alarmSet()
    this.#alarm = new RunAlarm(ctx.storage, () => this.#owedMs(), this.#abort, counted)
    this.#alert = new HaltAlert(env as AlertSettings, this.#outbox)
    this.#life = this.#newLife()
  }

  #couriers({ stub, limiter, childEnded }: HomeParts): Courier {
    const registry = this.#registry
    const family = new FamilyCourier({ registry, stub, refused: childEnded })
    const toFamily: Courier = (message, payload) => family.deliver(message, payload)
    const limits = new LimiterCourier(limiter)
    const toLimiter: Courier = (message, payload) => limits.deliver(message, payload)
    return byKind({
      start: toFamily,
      stop: toFamily,
      ended: toFamily,
      status: toFamily,
      acquire: toLimiter,
      release: toLimiter,
      alert: ({ target }, payload) => this.#alert.deliver(target, payload),
      gone: (_, payload) => this.#news.tellGone(payload as Gone),
      // Where nothing is exported any more, they go nowhere.
      trace: async (_, payload) => this.#life.telemetry?.deliver(payload),
      spans: async (_, payload) => this.#life.telemetry?.deliverKept(payload),
    })
  }

  get tables(): RunTables {
    return this.#life.tables
  }

  get driver(): RunDriver {
    return this.#life.driver
  }

  get export(): RunExport {
    return this.#life.export
  }

  /** Lines of a fork arrive. Those that are given up are swept by an alarm. @throws limit_reached */
  stage(page: StagedPage): void {
    this.room.require()
    this.#database.atomically(() => this.staged.add(page, Date.now()))
    this.driver.sendOut()
  }

  /** The run goes, from memory and from disk; its id is free for another one at once. The index hears of it. */
  forget(): void {
    const { row } = this.driver
    if (row === undefined || !this.#news.isSwept) return this.#forget()
    const { id, incarnation } = row
    this.#forget(() => this.#outbox.add("gone", INDEX_TARGET, { id, incarnation } satisfies Gone))
  }

  /** The index has asked, and knows by the answer: a run goes that was kept as long as it had to be. */
  expire(): RunRow | undefined {
    const { row } = this.driver
    if (row === undefined || !isExpired(row, Date.now())) return row
    this.#forget()
    return undefined
  }

  /** Whoever was to tell the index of this run could not. */
  unannounced(): void {
    this.#news.unannounced()
    this.driver.sendOut()
  }

  /** @param note writes what others must be told of it: both are durable, or neither is. */
  #forget(note?: () => void): void {
    if (note === undefined) eraseRun(this.#storage, this.#database, Date.now())
    else {
      this.#database.atomically(() => {
        note()
        eraseRun(this.#storage, this.#database, Date.now())
      })
    }
    this.#alarm.forgotten()
    this.driver.close()
    this.#database.sql.restart()
    this.#life = this.#newLife()
    this.waiters.notify()
    this.driver.sendOut()
  }

  /** Takes this object out of memory, as soon as what it has written is durable and its answer has left. */
  crash(): void {
    const abort = () => this.#abort("A crash on purpose: the object is reset.")
    void this.#storage.sync().then(() => setTimeout(abort, CRASH_DELAY_MS))
  }

  #newLife(): RunLife {
    return newLife({
      registry: this.#registry,
      storage: this.#storage,
      database: this.#database,
      room: this.room,
      outbox: this.#outbox,
      alarm: this.#alarm,
      alert: this.#alert,
      news: this.#news,
      tracing: this.tracing,
      traceSettings: this.#traceSettings,
      dependency: (name) => this.#dependency(name),
      abort: this.#abort,
      changed: () => this.waiters.notify(),
      expired: () => this.forget(),
    })
  }

  /** When something is to be told, beside what the run itself waits for. */
  #owedMs(): number | undefined {
    const least = Math.min(this.#outbox.dueMs ?? Infinity, this.#news.dueMs ?? Infinity)
    return least === Infinity ? undefined : least
  }

  /** The run of this object, with what fell due seen to (promise 6). @throws run_unknown, having written nothing */
  enter(id: string): RunRow {
    this.row(id)
    this.driver.beginEvent()
    this.driver.wake()
    return this.row(id)
  }

  /** For who only looks: a run in memory goes on by what happens to it, and is not driven for every look at it. */
  look(id: string): RunRow {
    const { resident } = this.driver
    const isQuiet = resident !== undefined && (resident.nextDueMs ?? Infinity) > Date.now()
    return isQuiet ? this.row(id) : this.enter(id)
  }

  /** As the index asks: an alarm that the platform has lost is set again, and what fell due meanwhile is seen to. */
  seen(): RunRow | undefined {
    const { row } = this.driver
    if (row !== undefined && !isFinal(row.status)) this.look(row.id)
    return this.driver.row
  }

  /** The run a start would meet: one that was kept as long as it had to be goes now. */
  standing(): RunRow | undefined {
    const { row } = this.driver
    if (row === undefined || !isExpired(row, Date.now())) return row
    this.forget()
    return undefined
  }

  /** @throws run_unknown */
  row(id: string): RunRow {
    const { row } = this.driver
    if (row !== undefined) return row
    throw new BelayError(
      "run_unknown",
      `There is no run "${id}"; start it with POST /v1/runs/${encodeURIComponent(id)}.`,
    )
  }

  record(id: string): RunRecord {
    return runRecord(this.row(id), this.tables, this.#database.sql)
  }

  /** Waits at most `waitMs` for the run to end or halt. */
  async waitForEnd(waitMs: number): Promise<void> {
    await this.waiters.until(Math.min(waitMs, WAIT_MS_MAX), () => {
      const status = this.driver.row?.status
      return status === undefined || isFinal(status) || status === "halted" ? true : undefined
    })
  }

  /** @throws not_configured when the run needs a limiter and the Worker has none */
  requireLimiter({ slot }: RunRow): void {
    if (slot !== undefined && this.#limiter(slot.limiter) === undefined) throw limitsMissing()
  }

  /** @throws limit_reached */
  requireRoom(): void {
    this.room.require()
    if (this.tables.mailbox.size < INBOX_MESSAGES_MAX) return
    throw new BelayError(
      "limit_reached",
      `The run has ${INBOX_MESSAGES_MAX} messages it has not consumed yet; send more when it has taken some.`,
    )
  }

  #dependency(name: string): unknown {
    if (this.#dependencies.has(name)) return this.#dependencies.get(name)
    const value = this.#registry.dependency(name)?.(this.#env as never)
    this.#dependencies.set(name, value)
    return value
  }
}
