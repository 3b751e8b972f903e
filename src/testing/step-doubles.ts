// Step doubles: what stands in for a workflow's step functions while a test runs it: mocks, or the test's own hand.
// Owns: the calls, and the attempts that wait for the test. Must not touch: the engine, which sees plain functions.
//   D1. A double has the name of its function, so that the journal is the same, and is of the kind that is called.
//   D2. Functions are found by name wherever the workflow hands one to its context, in sub-workflows, too.

import type { Context, StepContext } from "../engine/context.ts"
import { Options } from "../engine/context.ts"
import { kindOfFunction } from "../engine/function-kind.ts"

/** One attempt of one step, as it began. */
export interface StepCall {
  readonly name: string
  readonly path: string
  readonly attempt: number
  readonly input: readonly unknown[]
}

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

export class StepDoubles {
  readonly calls: StepCall[] = []
  readonly #mocks: ReadonlyMap<string, Fn>
  readonly #byHand: Pick<ReadonlySet<string>, "has">
  #held: Held[] = []
  /** Attempts at work that nobody holds, in this life of the process. */
  #working = new Set<object>()

  /** @param byHand the steps whose attempts wait; "all" lets none run. */
  constructor(mocks: Readonly<Record<string, Fn>>, byHand: readonly string[] | "all") {
    this.#mocks = new Map(Object.entries(mocks))
    this.#byHand = byHand === "all" ? { has: () => true } : new Set(byHand)
  }

  get isWorking(): boolean {
    return this.#working.size > 0
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
    this.#working = new Set()
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
    const name = optionName ?? fn.name
    const body = this.#mocks.get(name) ?? fn
    const isHanded = this.#byHand.has(name) && kindOfFunction(body) !== "generator"
    return named(fn.name, isHanded ? this.#handed(name) : this.#called(name, body))
  }

  #called(name: string, body: Fn): Anything {
    const run = body as Anything
    switch (kindOfFunction(body)) {
      case "generator": {
        const inner = (ctx: Context) => this.contextOf(ctx)
        return function* subWorkflow(ctx, ...input) {
          return yield* run(inner(ctx as Context), ...input) as Passing
        }
      }
      case "async":
        return async (ctx, ...input) => {
          this.#note(name, ctx as StepContext, input)
          return this.#whileAtWork(async () => run(ctx, ...input))
        }
      case "plain":
        return (ctx, ...input) => {
          this.#note(name, ctx as StepContext, input)
          const result = run(ctx, ...input)
          return result instanceof Promise ? this.#whileAtWork(() => result) : result
        }
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

  async #whileAtWork<T>(work: () => Promise<T>): Promise<T> {
    const mark = {}
    const working = this.#working.add(mark)
    try {
      return await work()
    } finally {
      working.delete(mark)
    }
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

function named(name: string, fn: Anything): Fn {
  return Object.defineProperty(fn, "name", { value: name })
}
