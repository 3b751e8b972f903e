// Simulated object: one Durable Object: its disk, its alarm, and the instance that is in memory, if any.
// Owns: events: what an event wrote becomes durable after it, or goes with the instance; what it sent leaves after that.
// Must not touch: what is carried by the network (call.ts), which faults there are (faults.ts).
//   O1. One transaction is open at most; every event's writes join it, and it is committed when the event loop turns.
//   O2. Nothing that was sent leaves before what was written before it is durable (the output gate).
//   O3. A crash takes the instance, what is not durable and what has not left. Callers get an error.

import type { ObjectClass, Row, SimulatedObject as Face } from "../words.ts"
import type { Call } from "./call.ts"
import type { Strike } from "./faults.ts"
import { AlarmDelivery } from "./alarm-delivery.ts"
import { Instance } from "./instance.ts"
import { perform } from "./object-method.ts"
import { drainMicrotasks } from "./microtasks.ts"
import { ObjectAlarm } from "./object-alarm.ts"
import { ObjectDatabase } from "./object-database.ts"
import { objectContext } from "./object-context.ts"
import { ObjectStorage } from "./object-storage.ts"
import { connectionLost, objectReset, remoteError, RESET_REASONS } from "./platform-errors.ts"
import { SqlCursor } from "./sql-cursor.ts"
import { planFor, type Stage } from "./stage.ts"

const COMMIT_MS_MAX = 200

/** The code that is live. */
interface Code {
  readonly version: number
  readonly objectClass: ObjectClass
}

export interface ObjectParts {
  readonly stage: Stage
  readonly binding: string
  readonly name: string
  readonly env: object
  readonly code: () => Code
  /** Whether what a method of it has thrown is part of the story. */
  readonly expects: (thrown: unknown) => boolean
  /** Called after an event that made something durable. */
  readonly committed: (object: SimulatedObject) => void
}

export class SimulatedObject implements Face {
  readonly binding: string
  readonly name: string
  readonly label: string
  readonly outgoing: (() => void)[] = []
  lives = 0
  readonly #parts: ObjectParts
  readonly #stage: Stage
  readonly #database: ObjectDatabase
  readonly #alarm: ObjectAlarm
  readonly #delivery: AlarmDelivery
  #instance: Instance | undefined
  /** What strikes in the present event. */
  #strike: Strike | undefined
  /** Writes until it does. */
  #strikeWrites = 0
  /** The commit that is planned, if any: whose it is. */
  #commitOf: Instance | undefined
  #syncs: (() => void)[] = []

  constructor(parts: ObjectParts) {
    this.#parts = parts
    this.#stage = parts.stage
    this.#database = ObjectDatabase.take(parts.binding)
    this.binding = parts.binding
    this.name = parts.name
    // A limiter's name has lines.
    this.label = `${parts.binding}/${parts.name.replaceAll("\n", " ")}`
    this.#alarm = new ObjectAlarm(parts.stage, (spurious) => this.#delivery.begin(spurious))
    this.#delivery = new AlarmDelivery(parts.stage, this, this.#alarm)
  }

  // What there is to see.

  get isResident(): boolean {
    return this.#instance !== undefined
  }

  get alarmMs(): number | null {
    return this.#alarm.committedMs
  }

  refusals = 0

  get isSettled(): boolean {
    return !this.#database.isOpen && !this.#alarm.isPending
  }

  has(table: string): boolean {
    return this.#database.has(table)
  }

  changesOf(table: string): number {
    return this.#database.changesOf(table)
  }

  rows(sql: string, ...values: readonly (string | number | null)[]): readonly Row[] {
    if (!this.isSettled) throw new Error(`${this.label} has writes that are not durable.`)
    return new SqlCursor(this.#database.run(sql, values)).toArray()
  }

  get instance(): Instance | undefined {
    return this.#instance
  }

  // Events.

  /** A call has arrived. */
  receive(call: Call, method: string): void {
    this.enter(call.what, () => {
      const instance = this.#instance
      if (instance?.self === undefined) return
      instance.calls.add(call)
      const answered = (leave: () => void) =>
        instance.send(() => {
          instance.calls.delete(call)
          leave()
        })
      perform(instance.self, method, call.input).then(
        (value) => answered(() => this.#answer(call, value)),
        (error: unknown) => {
          this.look(instance, method, error)
          answered(() => call.fail(remoteError(error)))
        },
      )
    })
  }

  #answer(call: Call, value: unknown): void {
    if (this.#stage.faults.happens("answerLost")) call.fail(connectionLost())
    else call.succeed(value)
  }

  /** A method threw what it must not throw, unless the disk refused it. */
  look(instance: Instance, method: string, error: unknown): void {
    if (!instance.isAlive || instance.wasRefused || this.#parts.expects(error)) return
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#stage.find(new Error(`${this.label} threw out of ${method}(): ${said}`))
  }

  /** One event in which code of the object runs; it is made first if it is not in memory. */
  enter(what: string, work: () => void): void {
    const { faults, trace } = this.#stage
    this.#strike = faults.strike()
    this.#strikeWrites = this.#strike === undefined ? 0 : 1 + faults.upTo(7)
    const instance = this.#instance ?? this.#make()
    this.#stage.party = instance
    if (instance.self === undefined) this.#construct(instance)
    work()
    drainMicrotasks()
    this.#stage.party = undefined
    const came = this.#settle(instance)
    trace.line(`${this.#stage.clock.elapsedMs} ${instance.label} ${what}: ${came}`)
  }

  // Lives.

  #make(): Instance {
    this.#instance = new Instance(this, ++this.lives, this.#parts.code().version)
    return this.#instance
  }

  #construct(instance: Instance): void {
    const storage = new ObjectStorage(this.#database, this.#alarm, {
      refuses: () => this.#refuses(instance),
      refusesAlarm: () => this.#refusesAlarm(instance),
      synced: () => new Promise((resolve) => this.#syncs.push(resolve)),
    })
    const ctx = objectContext(this.name, storage, (reason) => {
      instance.isAlive = false
      throw new Error(reason ?? "Application called abort() to reset Durable Object.")
    })
    const { objectClass } = this.#parts.code()
    instance.self = new objectClass(ctx as never, this.#parts.env as never)
  }

  /** The disk refuses, or the instance dies in the middle of a stretch. */
  #refuses(instance: Instance): boolean {
    if (this.#strikeWrites === 0 || --this.#strikeWrites > 0) return false
    if (this.#strike === "crashBeforeCommit") instance.isAlive = false
    if (this.#strike !== "diskFull" || !instance.isAlive) return false
    // It stays full for the rest of the event.
    this.#strikeWrites = 1
    if (!instance.wasRefused) this.#stage.faults.count("diskFull")
    instance.wasRefused = true
    this.refusals++
    return true
  }

  #refusesAlarm(instance: Instance): boolean {
    if (!instance.isAlive || !this.#stage.faults.happens("alarmRefused")) return false
    instance.wasRefused = true
    return true
  }

  /** The instance is gone. @returns what to say of it */
  crash(reason: string): string {
    const instance = this.#instance
    this.#database.rollBack()
    this.outgoing.length = 0
    this.#syncs = []
    this.#instance = undefined
    this.#commitOf = undefined
    if (instance !== undefined) {
      instance.isAlive = false
      for (const call of instance.calls) call.fail(this.#callError(reason))
    }
    this.#alarm.rollBack()
    return reason
  }

  #callError(reason: string): Error {
    return this.#stage.timing.upTo(1) === 0 ? objectReset(reason) : connectionLost()
  }

  // What becomes of an event.

  #settle(instance: Instance): string {
    const { faults } = this.#stage
    if (!instance.isAlive) return this.#died()
    const strike = this.#strike
    const hasWritten = !this.isSettled
    if (hasWritten && (strike === "crashBeforeCommit" || strike === "commitFails")) {
      faults.count(strike)
      return this.crash(RESET_REASONS[strike === "commitFails" ? "commitFails" : "crash"])
    }
    if (hasWritten && (strike === "slowCommit" || this.#commitOf !== undefined)) {
      return this.#commitLater(instance)
    }
    if (hasWritten) this.#commit()
    else this.#alarm.commit()
    const sent = this.outgoing.length
    if (strike === "crashAfterCommit" && (sent > 0 || hasWritten)) {
      faults.count(strike)
      this.#leave(faults.upTo(sent))
      return `${hasWritten ? "committed, " : ""}${this.crash(RESET_REASONS.crash)}`
    }
    this.#leave(sent)
    if (strike === "crash") {
      faults.count(strike)
      return this.crash(RESET_REASONS.crash)
    }
    if (strike === "evict" && this.#isIdle(instance)) {
      faults.count(strike)
      this.#instance = undefined
      instance.isAlive = false
      return "evicted"
    }
    return `${hasWritten ? "committed" : "read"}, ${sent} sent`
  }

  #died(): string {
    if (this.#strike === "crashBeforeCommit") this.#stage.faults.count("crashBeforeCommit")
    return this.crash(RESET_REASONS.crash)
  }

  #isIdle(instance: Instance): boolean {
    return instance.pending === 0 && instance.calls.size === 0 && !this.#alarm.isDelivering
  }

  #commitLater(instance: Instance): string {
    if (this.#commitOf !== undefined) return "written"
    const { agenda, clock, faults, trace } = this.#stage
    this.#commitOf = instance
    faults.count("slowCommit")
    agenda.add({
      dueMs: clock.elapsedMs + faults.upTo(COMMIT_MS_MAX),
      isDropped: () => !instance.isAlive,
      happen: () => {
        this.#commitOf = undefined
        this.#commit()
        this.#leave(this.outgoing.length)
        trace.line(`${clock.elapsedMs} ${instance.label} commit`)
      },
    })
    return "written"
  }

  #commit(): void {
    this.#database.commit()
    this.#alarm.commit()
    this.#parts.committed(this)
  }

  #leave(count: number): void {
    const leaving = this.outgoing.splice(0)
    for (const leave of leaving.slice(0, count)) leave()
    const instance = this.#instance
    const syncs = this.#syncs
    this.#syncs = []
    if (instance === undefined) return
    for (const synced of syncs) planFor(this.#stage, instance, 0, "synced", synced)
  }

  /** The clock on the wall has jumped. */
  clockJumped(): void {
    this.#alarm.replan()
  }

  /** The world has ended. */
  end(): void {
    this.crash(RESET_REASONS.crash)
    this.#database.giveBack()
  }
}
