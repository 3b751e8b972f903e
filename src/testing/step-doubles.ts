// Step doubles: what stands in for a workflow's step functions while a test runs it: mocks, or the test's own hand.
// Owns: the calls, and the attempts that wait for the test. Must not touch: the engine, which sees plain functions.
//   D1. A double has the name of its function, so that the journal is the same, and is of the kind that is called.
//   D2. Functions are found by name wherever the workflow hands one to its context, in sub-workflows, too.

import type { Context, StepContext } from "../engine/workflow/context.ts"
import { Options } from "../engine/workflow/context.ts"
import { stepName } from "../engine/machine/entry-of.ts"
import { kindOfFunction } from "../engine/workflow/function-kind.ts"
import { isThenable } from "../engine/steps/step-result.ts"
import type {
  CallFate,
  Instruments,
  StepCall,
  StepFunctionOfTest,
  WatchedCall,
} from "./instruments.ts"
import { functionOf, isHanging, type StepMock } from "./mocks.ts"

type Fn = (ctx: never, ...input: never[]) => unknown
/** A generator whose turns are passed on. */
type Passing = Generator<unknown, unknown, unknown>
type Anything = (...input: unknown[]) => unknown

interface Held extends StepCall {
  readonly signal: AbortSignal
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Methods whose functions run elsewhere: a child is another run. */
const OTHER_RUNS: ReadonlySet<string | symbol> = new Set(["rpc", "beginRpc", "detached"])

/** Which run, in which of its generations and lives, calls a step. */
export type Life = Pick<WatchedCall, "run" | "generation" | "life">

export interface DoublesFields {
  readonly mocks: Readonly<Record<string, StepMock>>
  /** The steps whose attempts wait; "all" lets none run. */
  readonly byHand: readonly string[] | "all"
  readonly instruments?: Instruments | undefined
  readonly life?: (() => Life) | undefined
  /** The process dies now: an attempt that it was to die after has ended. */
  readonly kill?: (() => void) | undefined
}

export class StepDoubles {
  readonly calls: StepCall[] = []
  readonly #mocks: ReadonlyMap<string, StepMock>
  readonly #byHand: Pick<ReadonlySet<string>, "has">
  readonly #fields: DoublesFields
  #held: Held[] = []
  /** Attempts at work that nobody holds, in this life of the process. */
  #working = new Map<object, string>()
  /** Attempts at work that an earlier life has begun. */
  #strays: ReadonlyMap<object, string>[] = []

  constructor(fields: DoublesFields) {
    const { mocks, byHand } = fields
    this.#fields = fields
    this.#mocks = new Map(Object.entries(mocks))
    this.#byHand = byHand === "all" ? { has: () => true } : new Set(byHand)
  }

  get isWorking(): boolean {
    return this.#working.size > 0
  }

  /** What an earlier life of the process has called is still under way. */
  get hasStrays(): boolean {
    this.#strays = this.#strays.filter(({ size }) => size > 0)
    return this.#strays.length > 0
  }

  /** Attempts that wait for the test, oldest first. */
  get held(): readonly StepCall[] {
    return this.#live().map(({ name, path, attempt, input }) => ({ name, path, attempt, input }))
  }

  /** The oldest one of this name or path. @throws Error when none waits */
  take(step: string): Held {
    const found = this.#live().find(({ name, path }) => name === step || path === step)
    if (found === undefined) {
      const waiting = this.#live().map(({ name, path }) => `${name} (${path})`)
      throw new Error(
        `No attempt of step "${step}" waits for the test; ${waiting.length === 0 ? "none does" : `these do: ${waiting.join(", ")}`}. Name it in byHand.`,
      )
    }
    this.#held = this.#held.filter((each) => each !== found)
    return found
  }

  /** The process died: who was at work is nobody's any more. */
  died(): void {
    this.#held = []
    this.#strays.push(this.#working)
    this.#working = new Map()
  }

  /** Steps that have been at work for so long are taken to hang: nobody waits for them any more, nor ever again. */
  forgetWorking(): void {
    for (const atWork of [this.#working, ...this.#strays]) {
      for (const name of atWork.values()) this.#fields.instruments?.hanging?.add(name)
    }
    this.#working = new Map()
    this.#strays = []
  }

  /** The context with every function that the workflow hands to it doubled. */
  contextOf(ctx: Context): Context {
    return new Proxy(ctx, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property)
        if (typeof value !== "function") return value
        const method = value as Anything
        if (OTHER_RUNS.has(property)) return method.bind(target)
        return (...given: unknown[]) => {
          const last = given.at(-1)
          const name = last instanceof Options ? last.step.name : undefined
          return method.apply(
            target,
            given.map((each) =>
              typeof each === "function" ? this.#double(each as Fn, name) : each,
            ),
          )
        }
      },
    })
  }

  #double(fn: Fn, optionName: string | undefined): Fn {
    const name = stepName(fn, { name: optionName })
    const original = fn as StepFunctionOfTest
    const body = this.#mocks.has(name) ? functionOf(this.#mocks.get(name), original) : original
    const kind = kindOfFunction(body)
    const isHanded = this.#byHand.has(name) && kind !== "generator"
    if (isHanded) return named(fn.name, this.#handed(name))
    // A mock of a step that takes its time takes its time as well, or the journal were another.
    const isAsync = kind === "async" || (kind === "plain" && kindOfFunction(fn) === "async")
    return named(fn.name, isAsync ? this.#calledLater(name, body) : this.#called(name, body, kind))
  }

  #called(name: string, body: Anything, kind: "plain" | "generator" | "async"): Anything {
    if (kind === "generator") {
      const inner = (ctx: Context) => this.contextOf(ctx)
      const { watch } = this.#fields.instruments ?? {}
      return function* subWorkflow(ctx, ...input) {
        const make = () => body(inner(ctx as Context), ...input) as Passing
        return yield* watch === undefined ? make() : watch.around(make)
      }
    }
    return (ctx, ...input) => {
      const { given, call } = this.#begin(name, body, ctx as StepContext, input)
      const result = body(given, ...input)
      if (!isThenable(result)) return result
      const fate = this.#fateOf(call)
      return this.#followed(name, Promise.resolve(result), isHanging(result), fate)
    }
  }

  #calledLater(name: string, body: Anything): Anything {
    return async (ctx, ...input) => {
      const { given, call } = this.#begin(name, body, ctx as StepContext, input)
      const fate = this.#fateOf(call)
      if (fate === "before") return never()
      let isHung = false
      const work = (async () => {
        const result = body(given, ...input)
        isHung = isHanging(result)
        return result
      })()
      return this.#followed(name, work, isHung, fate)
    }
  }

  #handed(name: string): Anything {
    return async (ctx, ...input) => {
      const call = this.#note(name, ctx as StepContext, input)
      const { signal } = ctx as StepContext
      return new Promise((resolve, reject) => {
        this.#held.push({ ...call, signal, resolve, reject })
      })
    }
  }

  /** What the run hears of an attempt: how it ends, or never anything, because the process dies. */
  async #followed(
    name: string,
    work: Promise<unknown>,
    isHung: boolean,
    fate: CallFate | undefined,
  ): Promise<unknown> {
    const mark = {}
    const working = this.#working
    if (!isHung && this.#fields.instruments?.hanging?.has(name) !== true) working.set(mark, name)
    try {
      if (fate === undefined) return await work
      await work.catch(() => undefined)
    } finally {
      working.delete(mark)
    }
    if (fate === "after") this.#fields.kill?.()
    return never()
  }

  #begin(name: string, body: Anything, ctx: StepContext, input: readonly unknown[]) {
    const noted = this.#note(name, ctx, input)
    const { instruments, life } = this.#fields
    if (instruments === undefined || life === undefined) return { given: ctx, call: undefined }
    const call: WatchedCall = { ...noted, ...life(), fn: body }
    return { given: instruments.contextOf?.(call, ctx) ?? ctx, call }
  }

  #fateOf(call: WatchedCall | undefined) {
    return call === undefined ? undefined : this.#fields.instruments?.fateOf?.(call)
  }

  #note(name: string, { path, attempt }: StepContext, input: readonly unknown[]): StepCall {
    const call = { name, path, attempt, input }
    this.calls.push(call)
    return call
  }

  #live(): readonly Held[] {
    this.#held = this.#held.filter(({ signal }) => !signal.aborted)
    return this.#held
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}

function named(name: string, fn: Anything): Fn {
  return Object.defineProperty(fn, "name", { value: name })
}
