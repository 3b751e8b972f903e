// Belay: the library's public face: register workflows, get a Worker and an object class.
// Owns: the wiring of engine, object and http. Must not touch: which systems exist (index.ts registers them).

import { env as workerEnv } from "cloudflare:workers"
import type { InputOf, ResultOf } from "./engine/workflow/context.ts"
import { decode } from "./engine/values/codec.ts"
import { BelayError } from "./engine/errors.ts"
import {
  Registry,
  type DependencyFactory,
  type Registrar,
  type WorkflowFunction,
  type WorkflowOptions,
} from "./engine/workflow/registry.ts"
import type { RunEvents } from "./engine/ports/run-events.ts"
import type { RunIndex } from "./engine/ports/run-index.ts"
import { isFinal, type RunRecord, type Runs } from "./engine/ports/runs.ts"
import type { ScheduleOptions, Schedules } from "./engine/ports/schedules.ts"
import { consolePage } from "./console/page.ts"
import { createApp, type AppOptions } from "./http/app.ts"
import { eventText } from "./http/event-view.ts"
import { createLimiterObject } from "./object/limiter/limiter-object.ts"
import { createRunObject } from "./object/run/run-object.ts"
import { Announcer } from "./object/run-index/announcer.ts"
import { createRunIndex } from "./object/run-index/index-client.ts"
import { createIndexObject } from "./object/run-index/index-object.ts"
import { shardsOf, type IndexEnvironment } from "./object/run-index/shards.ts"
import { setLogLevel } from "./object/run-log.ts"
import { createRuns } from "./object/runs-client.ts"
import { openSocket } from "./object/events/socket-request.ts"
import { figuresOf } from "./object/telemetry/index-figures.ts"
import { logRequest } from "./object/telemetry/request-log.ts"
import { Declarations } from "./object/schedule/declarations.ts"
import { DIRECTORY_NAME } from "./object/schedule/directory.ts"
import { createScheduleObject } from "./object/schedule/schedule-object.ts"
import { createSchedules } from "./object/schedule/schedules-client.ts"

export * from "./engine/index.ts"
export type { RunCard, RunIndex, RunPage, RunQuery, RunStats } from "./engine/ports/run-index.ts"
export type { RunRecord, Runs, RunStatus } from "./engine/ports/runs.ts"
export type { ScheduleOptions, ScheduleRecord, Schedules } from "./engine/ports/schedules.ts"

/** A run that was begun or found. */
export interface RunHandle<Result> {
  readonly id: string
  /** Whether it has ended, without waiting. */
  done(): Promise<boolean>
  /** Waits for the end. @throws what the workflow threw, or BelayError `halted` */
  result(): Promise<Result>
  cancel(reason?: string): Promise<void>
  signal(name: string, value?: unknown): Promise<void>
}

/** One wait for a result; repeated until the run has ended. */
const RESULT_WAIT_MS = 25_000

export class Belay implements Registrar {
  readonly #registry = new Registry()
  readonly #mounts: NonNullable<AppOptions["mount"]>[] = []
  readonly #runsByEnv = new WeakMap<object, Runs & RunEvents>()
  readonly #schedulesByEnv = new WeakMap<object, Schedules>()
  readonly #indexByEnv = new WeakMap<object, RunIndex>()
  readonly #declarations = new Declarations()
  #app: ReturnType<typeof createApp> | undefined

  /** The object class; export it under the name that the binding RUNS has. */
  readonly RunObject = createRunObject(this.#registry, {
    eventText,
    namespaceOf: (env) => env.RUNS,
    limitersOf: (env: Partial<Cloudflare.Env>) => env.LIMITS,
    shardsOf: (env: IndexEnvironment) => shardsOf(env),
  })

  /** The class of schedules; export it under the name that the binding SCHEDULES has, if there is one. */
  readonly ScheduleObject = createScheduleObject({
    runs: (env) => this.runs(env),
    directory: (env) => scheduleDoor(env)(DIRECTORY_NAME),
  })

  /** The class of limiters; export it under the name that the binding LIMITS has, if a workflow has limits. */
  readonly LimiterObject = createLimiterObject({ run: runObject })

  /** The class of the index's shards; export it under the name that the binding INDEX has, to list and count runs. */
  readonly IndexObject = createIndexObject({ run: runObject, namespaceOf: (env) => env.INDEX })

  /** The Worker: `export default belay.worker`. */
  readonly worker = {
    fetch: async (
      request: Request,
      env: Cloudflare.Env,
      context: ExecutionContext,
    ): Promise<Response> => {
      setLogLevel(env.BELAY_LOG_LEVEL)
      const declaring = this.#declare(env)
      // Who asks about schedules finds the declared ones; nobody else waits for them.
      if (declaring !== undefined) {
        if (request.url.includes("/v1/schedules")) await declaring
        else context.waitUntil(declaring)
      }
      this.#app ??= createApp({
        runs: (appEnv) => this.runs(appEnv),
        watch: (appEnv) => ({
          events: (id, after, waitMs) => this.#of(appEnv).events(id, after, waitMs),
          socket: (order) => openSocket(runObject(appEnv, order.id), order),
        }),
        schedules: (appEnv) => this.schedules(appEnv),
        workflows: () => this.#registry.listings(),
        index: (appEnv) => this.index(appEnv),
        page: consolePage,
        figures: (appEnv) => figuresOf(() => this.index(appEnv)),
        answered: logRequest,
        mount: (app) => {
          for (const mount of this.#mounts) mount(app)
        },
      })
      return this.#app.fetch(request, env, context)
    },
  }

  register<F extends WorkflowFunction>(fn: F, options?: WorkflowOptions<InputOf<F>>): void
  register<F extends WorkflowFunction>(
    name: string,
    fn: F,
    options?: WorkflowOptions<InputOf<F>>,
  ): void
  register(
    first: string | WorkflowFunction,
    second?: WorkflowFunction | WorkflowOptions,
    third?: WorkflowOptions,
  ): void {
    if (typeof first === "function")
      this.#registry.register(first.name, first, second as WorkflowOptions | undefined)
    else this.#registry.register(first, second as WorkflowFunction, third)
  }

  /** @param factory makes the value from the Worker's environment, once per object that asks for it. */
  setDependency(name: string, factory: DependencyFactory<Cloudflare.Env>): void {
    this.#registry.setDependency(name, factory)
  }

  /**
   * Declares a schedule: it is put at the first request after a deploy that brought or changed it.
   * @param cron five fields, or six with seconds first
   */
  schedule<F extends WorkflowFunction>(
    name: string,
    cron: string,
    fn: F | string,
    { input, ...options }: ScheduleOptions & { readonly input?: InputOf<F> } = {},
  ): void {
    const request = { ...options, cron, workflow: this.#nameOf(fn), input: input ?? [] }
    this.#declarations.add(name, request)
  }

  /** Adds routes behind the same doors as the engine's own. */
  mount(mount: NonNullable<AppOptions["mount"]>): void {
    this.#mounts.push(mount)
  }

  /** Starts the workflow, or joins the run of that id, and waits for its result. */
  async run<F extends WorkflowFunction>(
    id: string,
    fn: F | string,
    ...input: InputOf<F>
  ): Promise<ResultOf<F>> {
    const handle = await this.beginRun(id, fn, ...input)
    return handle.result()
  }

  /** Starts the workflow, or joins the run of that id; the start is durable when this returns. */
  async beginRun<F extends WorkflowFunction>(
    id: string,
    fn: F | string,
    ...input: InputOf<F>
  ): Promise<RunHandle<ResultOf<F>>> {
    await this.runs().start(id, { workflow: this.#nameOf(fn), input })
    return this.#handle(id)
  }

  /** The run of that id. @throws BelayError run_unknown */
  async get(id: string): Promise<RunHandle<unknown>> {
    if ((await this.runs().get(id)) === undefined)
      throw new BelayError("run_unknown", `There is no run "${id}".`)
    return this.#handle(id)
  }

  /** All that can be asked of runs. */
  runs(env: Cloudflare.Env = workerEnv): Runs {
    return this.#of(env)
  }

  #of(env: Cloudflare.Env): Runs & RunEvents {
    let runs = this.#runsByEnv.get(env)
    if (runs === undefined) {
      const shards = shardsOf(env)
      const announcer = shards && new Announcer(shards, () => Date.now())
      runs = createRuns((id) => runObject(env, id), announcer)
      this.#runsByEnv.set(env, runs)
    }
    return runs
  }

  /** All that can be asked of many runs at once. @throws BelayError not_configured where the binding INDEX is missing */
  index(env: Cloudflare.Env = workerEnv): RunIndex {
    let index = this.#indexByEnv.get(env)
    if (index === undefined) {
      const shards = shardsOf(env)
      if (shards === undefined) throw indexMissing()
      index = createRunIndex(env.INDEX, shards.count)
      this.#indexByEnv.set(env, index)
    }
    return index
  }

  /** All that can be asked of schedules. @throws BelayError not_configured where the binding SCHEDULES is missing */
  schedules(env: Cloudflare.Env = workerEnv): Schedules {
    let schedules = this.#schedulesByEnv.get(env)
    if (schedules === undefined) {
      const door = scheduleDoor(env)
      schedules = createSchedules({ registry: this.#registry, runs: this.runs(env), door })
      this.#schedulesByEnv.set(env, schedules)
    }
    return schedules
  }

  #declare(env: Cloudflare.Env): Promise<void> | undefined {
    return this.#declarations.apply(() => ({
      schedules: this.schedules(env),
      directory: () => scheduleDoor(env)(DIRECTORY_NAME),
    }))
  }

  /** @throws BelayError workflow_unknown */
  #nameOf(fn: WorkflowFunction | string): string {
    const name = typeof fn === "string" ? fn : this.#registry.nameOf(fn)
    if (name !== undefined) return name
    throw new BelayError(
      "workflow_unknown",
      "This function is not registered; call belay.register first.",
    )
  }

  #handle<Result>(id: string): RunHandle<Result> {
    const runs = this.runs()
    return {
      id,
      done: async () => {
        const run = await runs.get(id)
        return run !== undefined && isFinal(run.status)
      },
      result: async () => {
        for (;;) {
          const run = await runs.result(id, RESULT_WAIT_MS)
          if (run === undefined) throw new BelayError("run_unknown", `There is no run "${id}".`)
          if (run.status === "halted") throw haltedError(run)
          if (run.status === "completed") return decode(run.resultText ?? "null") as Result
          if (isFinal(run.status)) throw decode(run.errorText ?? "null")
        }
      },
      cancel: async (reason) => {
        await runs.cancel(id, { reason })
      },
      signal: (name, value) => runs.signal(id, name, value),
    }
  }
}

function runObject(env: Cloudflare.Env, id: string) {
  return env.RUNS.get(env.RUNS.idFromName(id))
}

/** Finds the object of a schedule. @throws BelayError not_configured */
function scheduleDoor(env: Partial<Cloudflare.Env>) {
  const { SCHEDULES } = env
  if (SCHEDULES === undefined) {
    throw new BelayError(
      "not_configured",
      "This Worker has no schedules: bind SCHEDULES to the class ScheduleObject in wrangler.toml, and export it: `export const ScheduleObject = belay.ScheduleObject`.",
    )
  }
  return (name: string) => SCHEDULES.get(SCHEDULES.idFromName(name))
}

function indexMissing(): BelayError {
  return new BelayError(
    "not_configured",
    "This Worker has no index of runs: bind INDEX to the class IndexObject in wrangler.toml, and export it: `export const IndexObject = belay.IndexObject`.",
  )
}

function haltedError(run: RunRecord): BelayError {
  return new BelayError("halted", run.halt?.message ?? "The run is halted.", {
    code: run.halt?.code,
    ...(run.halt?.code === "panic" ? { number: 98 } : {}),
  })
}
