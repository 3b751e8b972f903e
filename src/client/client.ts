// Client: everything the routes offer, typed by the workflows' own functions.
// Owns: which route a method asks, with which key, and what may be asked twice. Must not touch: how (transport.ts).

import { exportedLines } from "./export.ts"
import { events, type WatchOptions } from "./events.ts"
import type { RunEvent } from "./run-event.ts"
import { JOURNAL_PAGE, REBUILD, RUN, SAID, STATS, WORKFLOWS } from "./shapes.ts"
import { anything } from "./shape.ts"
import { settlePromise, type SettledPromise } from "./promises.ts"
import { result, type WaitOptions } from "./result.ts"
import type { Entry, Run } from "./run.ts"
import { Schedules } from "./schedules.ts"
import {
  findRuns,
  type RegisteredWorkflow,
  type RunCard,
  type RunPage,
  type RunQuery,
  type RunStats,
} from "./search.ts"
import { Transport, type TransportOptions } from "./transport.ts"
import { update } from "./update.ts"
import type { AnyWorkflow, InputOf, ResultOf, UnknownWorkflows, Workflows } from "./types.ts"

export type ClientOptions = TransportOptions

interface StartFields {
  readonly version?: number
  readonly timeoutMs?: number
  readonly tags?: Readonly<Record<string, string>>
  /** Not begun before this instant. */
  readonly startAt?: string | Date
  /** Sent with the start: a signal that the run has from its first moment. */
  readonly signal?: { readonly name: string; readonly value?: unknown }
  /** How long to wait for its end, in ms; the run is answered as it is then. */
  readonly waitMs?: number
}

export type StartRequest<F, Name extends string = string> = StartFields & {
  readonly workflow: Name
} & ([] extends InputOf<F> ? { readonly input?: InputOf<F> } : { readonly input: InputOf<F> })

export interface Started<Result> {
  /** This request created the run; it did not only find it. */
  readonly created: boolean
  readonly run: Run<Result>
  /** Waits for its end. */
  readonly result: (options?: WaitOptions) => Promise<Result>
}

interface Sent {
  /** The same message is the same message by it; made unless given. */
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal
}

/** Who asks is the token's name; why is recorded with the action. */
export interface Action {
  readonly reason?: string
}

export interface JournalPage {
  readonly entries: readonly Entry[]
  readonly next?: string
}

const JOURNAL_PAGE_ENTRIES = 1_000

export function createClient<W extends Workflows = UnknownWorkflows>(
  options: ClientOptions,
): Client<W> {
  return new Client<W>(new Transport(options))
}

export class Client<W extends Workflows = UnknownWorkflows> {
  readonly schedules: Schedules
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
    this.schedules = new Schedules(transport)
  }

  // Runs.

  /** Starts the run, or joins the one of the same workflow and input that stands under this id. */
  start<N extends keyof W & string>(
    id: string,
    request: StartRequest<W[N], N>,
  ): Promise<Started<ResultOf<W[N]>>>
  /** The same with the function named: `start<typeof buy>(id, { workflow: "buy", input: [order] })`. */
  start<F extends AnyWorkflow = never>(
    id: string,
    request: StartRequest<F>,
  ): Promise<Started<ResultOf<F>>>
  async start(
    id: string,
    { waitMs, ...body }: StartRequest<AnyWorkflow>,
  ): Promise<Started<unknown>> {
    const { status, body: run } = await this.#transport.json<Run>({
      method: "POST",
      path: ["v1", "runs", id],
      waitMs,
      shape: RUN,
      // With a key, a signal that comes along is one signal however often it is sent.
      headers: body.signal === undefined ? {} : { "idempotency-key": crypto.randomUUID() },
      body,
      isRepeatable: true,
    })
    return { created: status === 201, run, result: (options) => this.result(id, options) }
  }

  async run<F = unknown>(id: string): Promise<Run<ResultOf<F>>> {
    const path = ["v1", "runs", id]
    return (await this.#transport.json<Run<ResultOf<F>>>({ path, shape: RUN, isRepeatable: true }))
      .body
  }

  /** Waits for the end. @throws BelayRunError when the run ends otherwise than completed, or is halted */
  result<F = unknown>(id: string, options: WaitOptions = {}): Promise<ResultOf<F>> {
    return result(this.#transport, id, options)
  }

  /** The journal's entries, page by page. */
  async *journal(id: string): AsyncGenerator<Entry, void> {
    let after: string | undefined
    do {
      const { entries, next } = await this.journalPage(id, { after, limit: JOURNAL_PAGE_ENTRIES })
      yield* entries
      after = next
    } while (after !== undefined)
  }

  /** One page of it; `next` goes on behind. */
  async journalPage(
    id: string,
    { after, limit }: { readonly after?: string | undefined; readonly limit?: number } = {},
  ): Promise<JournalPage> {
    const path = ["v1", "runs", id, "journal"]
    const asked = { path, query: { after, limit }, shape: JOURNAL_PAGE, isRepeatable: true }
    return (await this.#transport.json<JournalPage>(asked)).body
  }

  /** The journal so far, then each change as it comes, to the run's end. */
  events<F = unknown>(
    id: string,
    options: WatchOptions = {},
  ): AsyncGenerator<RunEvent<ResultOf<F>>, void> {
    return events(this.#transport, id, options)
  }

  /** The run as one file of JSON lines, line by line. @throws BelayClientError `bad_answer` when it is cut */
  export(id: string, { signal }: Pick<WatchOptions, "signal"> = {}): AsyncGenerator<string, void> {
    return exportedLines(this.#transport, id, signal)
  }

  // The index.

  /** Runs that fit, page by page. */
  async *list(query: RunQuery = {}): AsyncGenerator<RunCard, void> {
    let { cursor } = query
    do {
      const page = await this.page({ ...query, cursor })
      yield* page.runs
      ;({ cursor } = page)
    } while (cursor !== undefined)
  }

  /** One page of them. */
  page(query: RunQuery = {}): Promise<RunPage> {
    return findRuns(this.#transport, query)
  }

  /** How many runs there are, by status, workflow and minute. */
  async stats({ workflow }: { readonly workflow?: string | undefined } = {}): Promise<RunStats> {
    const path = ["v1", "stats"]
    const asked = { path, query: { workflow }, shape: STATS, isRepeatable: true }
    return (await this.#transport.json<RunStats>(asked)).body
  }

  /** What can be started. */
  async workflows(): Promise<readonly RegisteredWorkflow[]> {
    const path = ["v1", "workflows"]
    const asked = { path, shape: WORKFLOWS, isRepeatable: true }
    const { body } = await this.#transport.json<{ workflows: readonly RegisteredWorkflow[] }>(asked)
    return body.workflows
  }

  /** Has the index read all it knows again, and these that it may not know; gives how many are asked. */
  async rebuild(ids: readonly string[] = []): Promise<number> {
    const { body } = await this.#transport.json<{ readonly asked: number }>({
      method: "POST",
      path: ["v1", "index", "rebuild"],
      shape: REBUILD,
      body: ids.length === 0 ? {} : { ids },
      isRepeatable: true,
    })
    return body.asked
  }

  // Messages.

  async signal(id: string, name: string, value?: unknown, sent: Sent = {}): Promise<void> {
    await this.#transport.json({
      method: "POST",
      path: ["v1", "runs", id, "signals", name],
      shape: SAID,
      statuses: [202],
      headers: { "idempotency-key": sent.idempotencyKey ?? crypto.randomUUID() },
      body: value,
      isRepeatable: true,
      signal: sent.signal,
    })
  }

  /**
   * Sends a message and waits for its answer, without end unless `timeoutMs` is given.
   * @throws BelayClientError `rejected` with what the workflow said, `timeout` with the message's key in its details
   */
  async update<Reply = unknown>(
    id: string,
    name: string,
    value?: unknown,
    sent: Sent & { readonly timeoutMs?: number | undefined } = {},
  ): Promise<Reply> {
    return update<Reply>(this.#transport, { id, name, value, ...sent })
  }

  /** What the workflow published under this name. */
  async state<Value = unknown>(id: string, name: string): Promise<Value> {
    const path = ["v1", "runs", id, "state", name]
    return (await this.#transport.json<Value>({ path, shape: anything, isRepeatable: true })).body
  }

  resolvePromise(token: string, value?: unknown): Promise<SettledPromise> {
    return settlePromise(this.#transport, token, "resolve", value)
  }

  rejectPromise(
    token: string,
    error: { readonly message: string; readonly code?: string; readonly details?: unknown },
  ): Promise<SettledPromise> {
    return settlePromise(this.#transport, token, "reject", error)
  }

  // Operators. A lost answer is not asked for again, but for `cancel`: the run says how it stands.

  cancel(id: string, action: Action = {}): Promise<Run> {
    return this.#act(id, "cancel", action, true)
  }

  kill(id: string, action: Action = {}): Promise<Run> {
    return this.#act(id, "kill", action)
  }

  pause(id: string, action: Action = {}): Promise<Run> {
    return this.#act(id, "pause", action)
  }

  resume(id: string, action: Action & { readonly startAt?: string } = {}): Promise<Run> {
    return this.#act(id, "resume", action)
  }

  retry(id: string, action: Action & { readonly from?: string } = {}): Promise<Run> {
    return this.#act(id, "retry", action)
  }

  skip(
    id: string,
    action: Action & { readonly path: string; readonly value?: unknown },
  ): Promise<Run> {
    return this.#act(id, "skip", action)
  }

  /** A new run with the same journal up to a path. */
  fork(
    id: string,
    action: Action & { readonly id: string; readonly from: string; readonly version?: number },
  ): Promise<Run> {
    return this.#act(id, "fork", action)
  }

  /** Every trace of an ended run goes, and its id is free. */
  async delete(id: string): Promise<void> {
    const path = ["v1", "runs", id]
    const asked = { method: "DELETE", path, shape: anything, statuses: [204] } as const
    await this.#transport.json({ ...asked, isRepeatable: false })
  }

  async #act(id: string, verb: string, body: Action, isRepeatable = false): Promise<Run> {
    const path = ["v1", "runs", id, verb]
    const asked = { method: "POST", path, body, shape: RUN, isRepeatable } as const
    return (await this.#transport.json<Run>(asked)).body
  }
}
