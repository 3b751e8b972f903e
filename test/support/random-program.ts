// Random program: workflows drawn from a small grammar over all operations, and the interpreter that runs them.
// Owns: what a workflow of the replay property may do. Everything it sees goes into a trace, so that two lives can be
// compared by what they saw and not only by how they ended.
//   R1. A program is plain data and its steps do the same in every life, so that nothing but the engine can differ.

import fc from "fast-check"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { NonRetryableError } from "../../src/engine/errors.ts"
import type { Options } from "../../src/engine/workflow/context.ts"
import type { Future, Operation, ParentClose } from "../../src/engine/workflow/operation.ts"
import { Constant, Never } from "../../src/engine/steps/retry.ts"
import type { StepHands } from "./step-hands.ts"

type CompositeName = "race" | "any" | "all" | "allSettled"

/** One thing a workflow may do. */
export type Node =
  | { readonly do: "plain"; readonly value: number }
  | { readonly do: "plainThrow"; readonly value: number }
  | { readonly do: "plainRetry"; readonly failures: number }
  | { readonly do: "task"; readonly fails: boolean; readonly timeoutMs?: number | undefined }
  | { readonly do: "lazy"; readonly fails: boolean }
  | { readonly do: "sleep"; readonly ms: number }
  | { readonly do: "signal"; readonly name: string; readonly timeoutMs?: number | undefined }
  | { readonly do: "receive"; readonly name: string }
  | { readonly do: "promise"; readonly timeoutMs: number }
  | { readonly do: "value" }
  | { readonly do: "publish"; readonly value: number }
  | { readonly do: "nothing" }
  /** Registers a step that undoes something; it may fail. */
  | { readonly do: "compensate"; readonly isTask: boolean; readonly fails: boolean }
  | { readonly do: "shield"; readonly body: Node }
  | { readonly do: "patched"; readonly name: string }
  | {
      readonly do: "fold"
      readonly how: "plain" | "task" | "lazy"
      /** One for each item; true for one that fails. */
      readonly items: readonly boolean[]
      readonly snapshotEvery: number
      readonly applies: boolean
    }
  | {
      readonly do: "child"
      readonly close: ParentClose
      readonly timeoutMs?: number | undefined
      readonly retries: number
    }
  | { readonly do: "detached" }
  | { readonly do: "throw" }
  /** Waits for a step that somebody, perhaps another sub-workflow, has begun. */
  | { readonly do: "join"; readonly which: number }
  | { readonly do: "begin"; readonly body: Node; readonly isAwaited: boolean }
  | { readonly do: "sub"; readonly body: Node; readonly timeoutMs?: number | undefined }
  | {
      readonly do: "composite"
      readonly kind: CompositeName
      readonly members: readonly Node[]
      readonly withFuture: boolean
      readonly concurrency?: number | undefined
    }
  | { readonly do: "seq"; readonly parts: readonly Node[] }
  | { readonly do: "try"; readonly body: Node; readonly cleanUp: Node; readonly swallows: boolean }

const timeout = fc.option(fc.constantFrom(5, 10, 15, 40), { nil: undefined })

const leaf: fc.Arbitrary<Node> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("plain" as const), value: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("plainThrow" as const), value: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("plainRetry" as const),
      failures: fc.constantFrom(1, 2),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("task" as const),
      fails: fc.boolean(),
      timeoutMs: timeout,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("lazy" as const), fails: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("sleep" as const), ms: fc.constantFrom(0, 5, 10, 20) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("signal" as const),
      name: fc.constantFrom("s", "t"),
      timeoutMs: timeout,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("receive" as const), name: fc.constant("u") }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("promise" as const),
      timeoutMs: fc.constantFrom(10, 30),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "value" } as const) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("patched" as const),
      name: fc.constantFrom("p", "q"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("publish" as const), value: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.constant({ do: "nothing" } as const) },
  { weight: 1, arbitrary: fc.constant({ do: "throw" } as const) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("compensate" as const),
      isTask: fc.boolean(),
      fails: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("fold" as const),
      how: fc.constantFrom("plain" as const, "task" as const, "lazy" as const),
      items: fc.array(
        fc.nat(9).map((rank) => rank === 0),
        { maxLength: 6 },
      ),
      snapshotEvery: fc.constantFrom(1, 2, 3),
      applies: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("join" as const), which: fc.nat(3) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("child" as const),
      close: fc.constantFrom<ParentClose>("cancel", "cancel", "abandon", "wait"),
      timeoutMs: timeout,
      retries: fc.constantFrom(0, 0, 1),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "detached" } as const) },
)

/** Programs nested a few levels deep. */
export const anyProgram: fc.Arbitrary<Node> = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthIdentifier: "program" },
    leaf,
    fc.record({
      do: fc.constant("seq" as const),
      parts: fc.array(tie("node"), { minLength: 1, maxLength: 4, depthIdentifier: "program" }),
    }),
    fc.record({ do: fc.constant("begin" as const), body: tie("node"), isAwaited: fc.boolean() }),
    fc.record({ do: fc.constant("shield" as const), body: tie("node") }),
    fc.record({ do: fc.constant("sub" as const), body: tie("node"), timeoutMs: timeout }),
    fc.record({
      do: fc.constant("composite" as const),
      kind: fc.constantFrom<CompositeName>("race", "any", "all", "allSettled"),
      members: fc.array(tie("node"), { minLength: 1, maxLength: 3, depthIdentifier: "program" }),
      withFuture: fc.boolean(),
      concurrency: fc.option(fc.constantFrom(1, 2), { nil: undefined }),
    }),
    fc.record({
      do: fc.constant("try" as const),
      body: tie("node"),
      cleanUp: tie("node"),
      swallows: fc.boolean(),
    }),
  ),
})).node

type Body = Generator<Operation<unknown>, unknown, unknown>

/** The step functions of one life, and what its workflow has seen. */
export class Interpreter {
  readonly trace: string[] = []
  readonly #begun: Future<unknown>[] = []
  readonly #plain: (ctx: StepContext, value: number) => number
  readonly #plainThrow: (ctx: StepContext, value: number) => number
  readonly #plainRetry: (ctx: StepContext, failures: number) => number
  readonly #plainItem: (ctx: StepContext, all: unknown, fails: boolean, index: number) => unknown
  readonly #task: (ctx: StepContext, ...input: unknown[]) => Promise<unknown>
  readonly #lazy: (ctx: StepContext, ...input: unknown[]) => Promise<unknown>

  constructor(steps: StepHands) {
    this.#plain = steps.sync("plain", (_ctx: StepContext, value: number) => value)
    this.#plainThrow = steps.sync("plainThrow", (_ctx: StepContext, value: number): number => {
      throw new NonRetryableError(`no ${value}`)
    })
    this.#plainRetry = steps.sync("plainRetry", (ctx: StepContext, failures: number) => {
      if (ctx.attempt <= failures) throw new Error(`attempt ${ctx.attempt}`)
      return ctx.attempt
    })
    this.#plainItem = steps.sync(
      "plainItem",
      (_ctx: StepContext, all: unknown, fails: boolean, index: number) => {
        if (fails) throw new NonRetryableError(`item ${index} after ${String(all)}`)
        return `plain ${index}`
      },
    )
    this.#task = steps.task("task")
    this.#lazy = steps.lazy("lazy")
  }

  /** Performs a node as part of the workflow or sub-workflow that `ctx` belongs to. */
  *perform(ctx: Context, node: Node, where: string): Body {
    switch (node.do) {
      case "seq": {
        let last: unknown
        for (const [index, part] of node.parts.entries())
          last = yield* this.perform(ctx, part, `${where}.${index}`)
        return last
      }
      case "try":
        return yield* this.#try(ctx, node, where)
      case "begin":
        return yield* this.#begin(ctx, node, where)
      case "composite":
        return yield* this.#composite(ctx, node, where)
      case "throw":
        this.trace.push(`${where} throws`)
        throw new Error(`thrown at ${where}`)
      case "nothing":
        yield* ctx.panic(false)
        return undefined
      case "patched":
        return yield* this.#watch(ctx.patched(node.name), where)
      case "compensate":
        yield* this.#compensation(ctx, node)
        return undefined
      case "detached": {
        const future = yield* ctx.detached("alone")
        this.trace.push(`${where} detached ${future.id}`)
        return "detached"
      }
      case "promise": {
        const future = yield* ctx.promise({ timeoutMs: node.timeoutMs })
        return yield* this.#watch(future, where)
      }
      case "receive": {
        const message = yield* ctx.receive<number>(node.name, { timeoutMs: 30 })
        yield* message.reply(message.value)
        this.trace.push(`${where} received ${message.value}`)
        return message.value
      }
      default:
        return yield* this.#watch(this.#operation(ctx, node, where), where)
    }
  }

  /** The node as one operation: what is none by itself becomes a sub-workflow. */
  #operation(ctx: Context, node: Node, where: string): Operation<unknown> {
    switch (node.do) {
      case "plain":
        return ctx.run(this.#plain, node.value)
      case "plainThrow":
        return ctx.run(this.#plainThrow, node.value)
      case "plainRetry":
        return ctx.run(
          this.#plainRetry,
          node.failures,
          ctx.options({ retryPolicy: Constant({ delayMs: 7 }) }),
        )
      case "task":
        return ctx.run(
          this.#task,
          node.fails,
          ctx.options({ retryPolicy: Never(), timeoutMs: node.timeoutMs }),
        )
      case "lazy":
        return ctx.run(
          this.#lazy,
          node.fails,
          ctx.options({ retryPolicy: Constant({ delayMs: 3, maxRetries: 1 }) }),
        )
      case "sleep":
        return ctx.sleep(node.ms)
      case "signal":
        return ctx.signal(node.name, { timeoutMs: node.timeoutMs ?? 100 })
      case "value":
        return ctx.date.now()
      case "publish":
        return ctx.publish("state", node.value)
      case "child":
        return ctx.rpc("child", ...this.#childInput(ctx, node))
      case "join":
        return this.#begun[node.which % this.#begun.length] ?? ctx.date.now()
      case "fold":
        return this.#fold(ctx, node)
      case "shield":
        return ctx.shield(this.#sub(node.body, where))
      case "sub":
        return ctx.run(this.#sub(node.body, where), ctx.options({ timeoutMs: node.timeoutMs }))
      default:
        return ctx.run(this.#sub(node, where))
    }
  }

  #fold(ctx: Context, node: Node & { do: "fold" }): Operation<unknown> {
    const { how, items, snapshotEvery, applies } = node
    const step = { plain: this.#plainItem, task: this.#task, lazy: this.#lazy }[how]
    const options = { snapshotEvery, retryPolicy: Never(), progress: "folded" }
    const apply = (all: unknown, change: unknown) => `${String(all)}+${String(change)}`
    return applies
      ? ctx.reduce<boolean, unknown, unknown>(items, step, "begun", { ...options, apply })
      : ctx.reduce<boolean, unknown>(items, step, "begun", options)
  }

  #childInput(ctx: Context, node: Node & { do: "child" }): [Options] {
    const { close: parentClose, timeoutMs, retries: maxRetries } = node
    const retryPolicy = Constant({ delayMs: 4, maxRetries })
    return [ctx.options({ parentClose, timeoutMs, retryPolicy })]
  }

  #compensation(ctx: Context, { isTask, fails }: Node & { do: "compensate" }): Operation<void> {
    if (isTask) return ctx.compensate(this.#task, fails, ctx.options({ retryPolicy: Never() }))
    return fails ? ctx.compensate(this.#plainThrow, 1) : ctx.compensate(this.#plain, 1)
  }

  #sub(node: Node, where: string): (ctx: Context) => Body {
    const perform = (ctx: Context) => this.perform(ctx, node, `${where}/`)
    return function* sub(ctx: Context): Body {
      return yield* perform(ctx)
    }
  }

  *#begin(ctx: Context, node: Node & { do: "begin" }, where: string): Body {
    const future = yield* this.#beginning(ctx, node.body, where)
    // A sub-workflow is left out: it might wait for itself.
    if (node.body.do === "task" || node.body.do === "lazy") this.#begun.push(future)
    this.trace.push(`${where} began ${future.id} ${future.state}`)
    if (!node.isAwaited) return "begun"
    yield* ctx.sleep(5)
    this.trace.push(`${where} is ${future.state}`)
    return yield* this.#watch(future, where)
  }

  #beginning(ctx: Context, node: Node, where: string): Operation<Future<unknown>> {
    switch (node.do) {
      case "task":
        return ctx.beginRun(this.#task, node.fails, ctx.options({ retryPolicy: Never() }))
      case "lazy":
        return ctx.beginRun(this.#lazy, node.fails, ctx.options({ retryPolicy: Never() }))
      case "child":
        return ctx.beginRpc("child", ...this.#childInput(ctx, node))
      case "plain":
        return ctx.beginRun(this.#plain, node.value)
      case "plainThrow":
        return ctx.beginRun(this.#plainThrow, node.value)
      default:
        return ctx.beginRun(this.#sub(node, where))
    }
  }

  *#composite(ctx: Context, node: Node & { do: "composite" }, where: string): Body {
    const members = node.members.map((member, index) =>
      this.#operation(ctx, member, `${where}:${index}`),
    )
    if (node.withFuture) {
      const future = yield* ctx.beginRun(this.#task, false, ctx.options({ retryPolicy: Never() }))
      this.#begun.push(future)
      members.push(future)
    }
    return yield* this.#watch(ctx[node.kind](members, { concurrency: node.concurrency }), where)
  }

  *#try(ctx: Context, node: Node & { do: "try" }, where: string): Body {
    try {
      return yield* this.perform(ctx, node.body, `${where}t`)
    } catch (error) {
      this.trace.push(`${where} caught ${describe(error)}`)
      if (!node.swallows) throw error
      return "swallowed"
    } finally {
      yield* this.perform(ctx, node.cleanUp, `${where}f`)
      this.trace.push(`${where} cleaned up`)
    }
  }

  *#watch(operation: Operation<unknown>, where: string): Body {
    try {
      const value = yield* operation
      this.trace.push(`${where} = ${describe(value)}`)
      return value
    } catch (error) {
      this.trace.push(`${where} ! ${describe(error)}`)
      throw error
    }
  }
}

export function describe(value: unknown): string {
  if (value instanceof AggregateError)
    return `AggregateError [${value.errors.map(describe).join(", ")}]`
  if (value instanceof Error) return `${value.name}: ${value.message}`
  return (
    JSON.stringify(value, (_key, part: unknown) =>
      part instanceof Error ? describe(part) : part,
    ) ?? "undefined"
  )
}
