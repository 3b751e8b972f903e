// Run object: one run, one Durable Object. The doors to a run: RPC methods and the alarm.
// Owns: the order of things at each door: look at overdue timers, record the fact, drive, answer.
// Must not touch: how a run is driven (run-driver.ts), HTTP.
//   J1. A door writes in one synchronous stretch, which the output gate makes durable before the answer leaves.
//   J2. Asking for a run that is not there writes nothing.
//   J3. alarm() never throws for a reason of the run's (promise 12).

import { DurableObject } from "cloudflare:workers"
import { decode, encodeThrown } from "../engine/codec.ts"
import { BelayError, CancelledError } from "../engine/errors.ts"
import type { Outcome } from "../engine/journal.ts"
import { INBOX_MESSAGES_MAX, WAIT_MS_MAX } from "../engine/limits.ts"
import { describeIssues, type RegisteredWorkflow, type Registry } from "../engine/registry.ts"
import {
  isFinal,
  type JournalPage,
  type OperatorAction,
  type RunRecord,
  type SettledPromise,
  type Started,
  type UpdateAnswer,
} from "../engine/runs.ts"
import { answerOf, refuse, type Answer } from "./answer.ts"
import { journalPage } from "./journal-view.ts"
import { JournalRows } from "./journal-rows.ts"
import { Mailbox } from "./mailbox.ts"
import { cutForRetry, cutForSkip } from "./operator-actions.ts"
import { RunAlarm } from "./run-alarm.ts"
import { RunDriver } from "./run-driver.ts"
import { runRecord } from "./run-record.ts"
import { RunRows, type RunRow } from "./run-row.ts"
import type { RunTables } from "./sqlite-run-store.ts"
import { newRow, requireSameRun, type StartMessage } from "./start.ts"
import { StateRows } from "./state-rows.ts"
import { Tables } from "./tables.ts"
import { WaitRows } from "./wait-rows.ts"
import { Waiters } from "./waiters.ts"

/** Makes the object class for a registry; bind it as RUNS. */
export function createRunObject(registry: Registry) {
  return class RunObject extends DurableObject<Cloudflare.Env> {
    readonly #tables: RunTables
    readonly #driver: RunDriver
    readonly #alarm: RunAlarm
    readonly #waiters = new Waiters()
    readonly #dependencies = new Map<string, unknown>()

    constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
      super(ctx, env)
      const tables = new Tables(ctx.storage.sql)
      this.#tables = {
        journal: new JournalRows(tables),
        waits: new WaitRows(tables),
        mailbox: new Mailbox(tables, () => Date.now()),
        state: new StateRows(tables),
      }
      this.#alarm = new RunAlarm(ctx.storage)
      this.#driver = new RunDriver({
        registry,
        tables: this.#tables,
        rows: new RunRows(tables),
        alarm: this.#alarm,
        dependency: (name) => this.#dependency(name),
        crash: () => this.#crash(),
        changed: () => this.#waiters.notify(),
      })
    }

    override async alarm(): Promise<void> {
      this.#alarm.fired()
      this.#driver.beginEvent()
      this.#driver.wake()
    }

    async start(id: string, message: StartMessage): Promise<Answer<Started>> {
      try {
        let created = false
        if (this.#driver.row === undefined) {
          const workflow = requireWorkflow(registry, message)
          await requireValidInput(workflow, message.inputText)
          // Another start may have come first while a schema was asked.
          created = this.#createOnce(id, message, workflow)
        } else this.#enter()
        const row = this.#requireRow(id)
        if (!created) requireSameRun(row, message)
        await this.#waitForEnd(message.waitMs ?? 0)
        return answerOf({ created, run: this.#record(id) })
      } catch (error) {
        return refuse(error)
      }
    }

    #createOnce(id: string, message: StartMessage, workflow: RegisteredWorkflow): boolean {
      if (this.#driver.row !== undefined) return false
      this.#driver.create(newRow(id, message, workflow, Date.now()))
      return true
    }

    /** The run, or `undefined`; waits at most `waitMs` for it to end or halt. */
    async result(id: string, waitMs: number): Promise<RunRecord | undefined> {
      if (this.#driver.row === undefined) return undefined
      this.#enter()
      await this.#waitForEnd(waitMs)
      return this.#record(id)
    }

    async journal(
      id: string,
      after: string | undefined,
      limit: number,
    ): Promise<Answer<JournalPage>> {
      try {
        this.#requireRow(id)
        return answerOf(
          journalPage(
            (afterSeq, count) => this.#tables.journal.read(afterSeq, count),
            after,
            limit,
          ),
        )
      } catch (error) {
        return refuse(error)
      }
    }

    async state(id: string, name: string): Promise<Answer<string | undefined>> {
      try {
        this.#requireRow(id)
        return answerOf(this.#tables.state.get(name))
      } catch (error) {
        return refuse(error)
      }
    }

    async signal(
      id: string,
      name: string,
      text: string,
      key: string | undefined,
    ): Promise<Answer<null>> {
      try {
        const { mailbox } = this.#tables
        const known = key === undefined ? undefined : `signal:${name}:${key}`
        this.#enterOpen(id, known)
        if (known !== undefined && mailbox.refOfKey(known) !== undefined) return answerOf(null)
        this.#requireRoom()
        const ref = mailbox.addSignal(name, text)
        if (known !== undefined) mailbox.rememberKey(known, ref)
        this.#deliver("signal", name)
        return answerOf(null)
      } catch (error) {
        return refuse(error)
      }
    }

    async update(
      id: string,
      name: string,
      text: string,
      key: string,
      waitMs: number,
    ): Promise<Answer<UpdateAnswer>> {
      try {
        const { mailbox } = this.#tables
        const known = `update:${name}:${key}`
        this.#enterOpen(id, known)
        let ref = mailbox.refOfKey(known)
        if (ref === undefined) {
          this.#requireRoom()
          ref = mailbox.addUpdate(name, text)
          mailbox.rememberKey(known, ref)
          this.#deliver("update", name)
        }
        return answerOf(await this.#waitForAnswer(id, ref, key, waitMs))
      } catch (error) {
        return refuse(error)
      }
    }

    /** How an update stands that came before; nothing is written. */
    async updateAnswer(
      id: string,
      name: string,
      key: string,
      waitMs: number,
    ): Promise<Answer<UpdateAnswer | undefined>> {
      try {
        this.#enterKnown(id)
        const ref = this.#tables.mailbox.refOfKey(`update:${name}:${key}`)
        return answerOf(
          ref === undefined ? undefined : await this.#waitForAnswer(id, ref, key, waitMs),
        )
      } catch (error) {
        return refuse(error)
      }
    }

    async #waitForAnswer(
      id: string,
      ref: number,
      key: string,
      waitMs: number,
    ): Promise<UpdateAnswer> {
      const limitMs = Math.min(waitMs, WAIT_MS_MAX)
      return (
        (await this.#waiters.until(limitMs, () => this.#updateAnswer(id, ref))) ?? {
          state: "pending",
          key,
        }
      )
    }

    #updateAnswer(id: string, ref: number): UpdateAnswer | undefined {
      const update = this.#tables.mailbox.update(ref)
      const text = update?.answerText ?? "null"
      if (update?.status === "replied") return { state: "replied", replyText: text }
      if (update?.status === "rejected") return { state: "rejected", errorText: text }
      requireOpen(this.#requireRow(id))
      return undefined
    }

    async settlePromise(
      id: string,
      token: string,
      outcome: Outcome,
    ): Promise<Answer<SettledPromise>> {
      try {
        const { mailbox } = this.#tables
        if (this.#driver.row !== undefined) this.#enter()
        const known = mailbox.promiseByToken(token)
        if (this.#driver.row === undefined || known === undefined) {
          throw new BelayError(
            "promise_unknown",
            "No promise has this token; it may belong to a run that was deleted.",
          )
        }
        if (known.outcome !== undefined) return answerOf(settledPromise(known.outcome))
        mailbox.settlePromiseByToken(token, outcome)
        if (known.generation === this.#driver.row.generation) {
          this.#driver.tell({ type: "promise", path: known.path })
        }
        return answerOf(settledPromise(mailbox.promiseByToken(token)?.outcome ?? outcome))
      } catch (error) {
        return refuse(error)
      }
    }

    async cancel(id: string, action: OperatorAction): Promise<Answer<RunRecord>> {
      try {
        this.#enterKnown(id)
        const row = this.#requireRow(id)
        if (row.cancel !== undefined) return answerOf(this.#record(id))
        requireStatus(row, ["running", "suspended", "paused"], "cancel")
        const reason = action.reason ?? "The run was cancelled."
        this.#driver.cancel(reason)
        return answerOf(this.#record(id))
      } catch (error) {
        return refuse(error)
      }
    }

    async kill(id: string, action: OperatorAction): Promise<Answer<RunRecord>> {
      try {
        const row = this.#requireRow(id)
        requireStatus(row, ["running", "suspended", "paused", "halted"], "kill")
        const error = Object.assign(new CancelledError(action.reason ?? "The run was killed."), {
          code: "killed",
        })
        error.stack = ""
        this.#driver.kill({ state: "cancelled", text: encodeThrown(error) })
        return answerOf(this.#record(id))
      } catch (error) {
        return refuse(error)
      }
    }

    async retry(
      id: string,
      action: OperatorAction & { readonly from?: string | undefined },
    ): Promise<Answer<RunRecord>> {
      return this.#operate(id, "retry", (row) => cutForRetry(row, this.#tables, action, Date.now()))
    }

    async skip(
      id: string,
      action: OperatorAction & { readonly path: string; readonly valueText: string },
    ): Promise<Answer<RunRecord>> {
      return this.#operate(id, "skip", () => cutForSkip(this.#tables, action, Date.now()))
    }

    #operate(id: string, what: string, cut: (row: RunRow) => void): Answer<RunRecord> {
      try {
        const row = this.#requireRow(id)
        requireStatus(row, ["halted", "failed"], what)
        cut(row)
        this.#driver.restart()
        this.#waiters.notify()
        return answerOf(this.#record(id))
      } catch (error) {
        return refuse(error)
      }
    }

    // Inside.

    /** Any door: what fell due is seen to first (promise 6). */
    #enter(): void {
      this.#driver.beginEvent()
      this.#driver.wake()
    }

    #enterKnown(id: string): void {
      this.#requireRow(id)
      this.#enter()
    }

    /** A message needs a run that has not ended; one whose key is known was accepted before and is answered again. */
    #enterOpen(id: string, key: string | undefined): void {
      this.#enterKnown(id)
      if (key !== undefined && this.#tables.mailbox.refOfKey(key) !== undefined) return
      requireOpen(this.#requireRow(id))
    }

    #deliver(kind: "signal" | "update", name: string): void {
      const isAwaited = this.#driver.isResident || this.#tables.waits.hasWaiterFor(kind, name)
      if (isAwaited) this.#driver.tell({ type: "message", kind, name })
    }

    #requireRoom(): void {
      if (this.#tables.mailbox.size < INBOX_MESSAGES_MAX) return
      throw new BelayError(
        "limit_reached",
        `The run has ${INBOX_MESSAGES_MAX} messages it has not consumed yet; send more when it has taken some.`,
      )
    }

    #requireRow(id: string): RunRow {
      const { row } = this.#driver
      if (row !== undefined) return row
      throw new BelayError(
        "run_unknown",
        `There is no run "${id}"; start it with POST /v1/runs/${encodeURIComponent(id)}.`,
      )
    }

    #record(id: string): RunRecord {
      return runRecord(this.#requireRow(id), this.#tables)
    }

    async #waitForEnd(waitMs: number): Promise<void> {
      await this.#waiters.until(Math.min(waitMs, WAIT_MS_MAX), () => {
        const status = this.#driver.row?.status
        return status === undefined || isFinal(status) || status === "halted" ? true : undefined
      })
    }

    #dependency(name: string): unknown {
      if (this.#dependencies.has(name)) return this.#dependencies.get(name)
      const value = registry.dependency(name)?.(this.env as never)
      this.#dependencies.set(name, value)
      return value
    }

    /** What was written so far is made durable first: a fault comes after the call, not before its start record. */
    #crash(): void {
      void this.ctx.storage
        .sync()
        .then(() => this.ctx.abort("A fault on purpose: the object is reset."))
    }
  }
}

function requireWorkflow(registry: Registry, message: StartMessage): RegisteredWorkflow {
  const workflow = registry.find(message.workflow, message.version)
  if (workflow !== undefined) return workflow
  if (registry.has(message.workflow)) {
    throw new BelayError(
      "version_unknown",
      `Workflow "${message.workflow}" has no version ${message.version}; leave the version out for the newest.`,
    )
  }
  throw new BelayError(
    "workflow_unknown",
    `No workflow "${message.workflow}" is registered; known are: ${registry.names().join(", ")}.`,
  )
}

async function requireValidInput(workflow: RegisteredWorkflow, inputText: string): Promise<void> {
  if (workflow.input === undefined) return
  const result = await workflow.input["~standard"].validate(decode(inputText))
  if (result.issues === undefined) return
  throw new BelayError(
    "invalid_request",
    `The input does not fit workflow "${workflow.name}": ${describeIssues(result.issues)}`,
  )
}

function requireOpen(row: RunRow): void {
  if (!isFinal(row.status)) return
  throw new BelayError(
    "run_ended",
    `Run "${row.id}" has ended (${row.status}) and takes no messages.`,
    {
      status: row.status,
    },
  )
}

function requireStatus(row: RunRow, allowed: readonly string[], what: string): void {
  if (allowed.includes(row.status)) return
  throw new BelayError(
    "wrong_status",
    `Run "${row.id}" is ${row.status}; ${what} needs one that is ${allowed.join(" or ")}.`,
    { status: row.status },
  )
}

function settledPromise(outcome: Outcome): SettledPromise {
  switch (outcome.state) {
    case "completed":
      return { status: "resolved", valueText: outcome.text }
    case "failed":
      return { status: "rejected", errorText: outcome.text }
    default:
      return { status: outcome.state, errorText: outcome.text }
  }
}
