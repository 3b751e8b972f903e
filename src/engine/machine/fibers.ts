// Fibers: advancing the generators: the workflow and its local sub-workflows.
// Owns: who can run, what each yielded operation leads to, and how a generator's end becomes an outcome.
// Must not touch: recording and storage (entries, log).
//   G1. A generator is advanced only from here, and never after the machine has stopped.
//   G2. A fiber ends when its generator has ended and everything it began has (T2).

import { decode, encode } from "../values/codec.ts"
import { handOver, mustUndo, outcomeOfFiber, register, startUndoing } from "./compensations.ts"
import type { Children } from "./children.ts"
import type { Core } from "./core.ts"
import { CancelledError, InvalidOperationError, PANIC_NUMBER } from "../errors.ts"
import { kindOfFunction } from "../workflow/function-kind.ts"
import { describeYielded, generatorOf } from "./generator.ts"
import { Future, Operation, type Compensation } from "../workflow/operation.ts"
import { foreignFuture, waitsForForeign } from "./ownership.ts"
import { cancelledOutcome } from "./outcomes.ts"
import { Patches } from "./patches.ts"
import { runPlain, isPlainRun } from "../steps/plain-step.ts"
import type { WorkflowFunction } from "../workflow/registry.ts"
import type { Steps } from "../steps/steps.ts"
import { WorkflowContext } from "../workflow/workflow-context.ts"
import {
  Entry,
  Fiber,
  isStep,
  type FiberResult,
  type Resume,
  type WorkflowGenerator,
} from "./tree.ts"

interface Runnable {
  readonly fiber: Fiber
  readonly resume: Resume
  /** A slice has ended in the middle of its advance. */
  readonly goesOn?: true
}

export class Fibers {
  readonly #core: Core
  readonly #steps: Steps
  readonly #children: Children
  readonly #context: WorkflowContext
  readonly #patches: Patches
  readonly #ready: Runnable[] = []
  #root: Fiber | undefined
  /** Encoded input of the next generation, once the workflow has asked for one. */
  #continueWith: string | undefined
  /** Turns of generators since the slice began. */
  turns = 0

  constructor(core: Core, steps: Steps, children: Children) {
    this.#core = core
    this.#steps = steps
    this.#children = children
    this.#patches = new Patches(core)
    this.#context = new WorkflowContext(core.run.id, core.ports.host)
  }

  get root(): Fiber | undefined {
    return this.#root
  }

  start(fn: WorkflowFunction): void {
    const input = decode(this.#core.run.inputText) as unknown[]
    this.#root = new Fiber(generatorOf(this.#context, fn, input), "", undefined)
    this.#ready.push({ fiber: this.#root, resume: { type: "next", value: undefined } })
  }

  spawn(entry: Entry): void {
    const { body } = entry
    if (body.type !== "workflow") return
    body.fiber = new Fiber(generatorOf(this.#context, body.fn, body.input), `${entry.path}.`, entry)
    this.#ready.push({ fiber: body.fiber, resume: { type: "next", value: undefined } })
  }

  resume(fiber: Fiber, resume: Resume): void {
    fiber.waitingFor = undefined
    this.#ready.push({ fiber, resume })
  }

  /** Advances one fiber that can run. */
  advanceNext(): boolean {
    const next = this.#ready.shift()
    if (next === undefined) return false
    this.#advance(next)
    return true
  }

  get canRun(): boolean {
    return this.#ready.length > 0
  }

  #advance({ fiber, resume: first, goesOn }: Runnable): void {
    if (fiber.result !== undefined) return
    let resume: Resume | undefined = first
    if (
      goesOn === undefined &&
      fiber.cancelPending &&
      fiber.hasBegun &&
      (first.type === "next" || first.type === "throw")
    ) {
      // What it was about to be told gives way to the cancellation, which is thrown once.
      fiber.cancelPending = false
      resume = {
        type: "throw",
        error: new CancelledError(fiber.cancelled?.message ?? "The run was cancelled."),
      }
    }
    fiber.hasBegun = true
    while (resume !== undefined) {
      if (this.turns >= this.#core.limits.sliceTurns) {
        // The event loop gets its turn, and then this goes on before anything else, as if nothing had been.
        this.#ready.unshift({ fiber, resume, goesOn: true })
        return
      }
      this.turns++
      let isDone: boolean
      let value: unknown
      try {
        const step = this.#send(fiber.generator, resume)
        isDone = step.done === true
        value = step.value
      } catch (error) {
        return this.#generatorEnded(fiber, { type: "threw", error })
      }
      if (isDone) return this.#generatorEnded(fiber, { type: "returned", value })
      resume = this.#performYielded(fiber, value)
      if (this.#core.isStopped) return
    }
  }

  #send(generator: WorkflowGenerator, resume: Resume): IteratorResult<unknown, unknown> {
    switch (resume.type) {
      case "next":
        return generator.next(resume.value)
      case "throw":
        return generator.throw(resume.error)
      case "return":
        return generator.return(undefined)
      case "begun":
        return generator.next(this.#futureOf(resume.entry))
    }
  }

  /** What to send next, or `undefined` when the fiber has to wait. */
  #performYielded(fiber: Fiber, yielded: unknown): Resume | undefined {
    if (!Operation.isOperation(yielded)) {
      if (fiber.cancelPending) return this.#throwCancelled(fiber, undefined)
      const message = `A workflow yields operations of its context with yield*; it yielded ${describeYielded(yielded)}.`
      return { type: "throw", error: new InvalidOperationError(message) }
    }
    const operation = yielded
    const { spec } = operation
    // Neither takes a cancellation: one tells of something that was done, the other was not there before a change.
    if (spec.kind === "compensate") return this.#register(fiber, spec)
    if (spec.kind === "patched" || spec.kind === "deprecatePatch") {
      return { type: "next", value: this.#patches.answer(fiber, spec) }
    }
    if (fiber.cancelPending) return this.#throwCancelled(fiber, operation)
    switch (spec.kind) {
      case "nothing":
        return { type: "next", value: undefined }
      case "panic":
        if (!spec.holds) return { type: "next", value: undefined }
        this.#core.halt({ code: "panic", message: spec.message, details: { number: PANIC_NUMBER } })
        return undefined
      case "await":
        if (!(spec.entry instanceof Entry) || waitsForForeign(operation, this.#root)) {
          return { type: "throw", error: foreignFuture() }
        }
        return this.#await(fiber, spec.entry)
      case "composite":
        if (waitsForForeign(operation, this.#root)) return { type: "throw", error: foreignFuture() }
        return this.#await(fiber, this.#core.create(fiber, operation, fiber.nextPath()))
      case "continueAsNew":
        return this.#continueAsNew(fiber, spec.input)
      case "begin":
      case "beginRpc":
      case "detached":
      case "promise":
        return this.#begin(fiber, this.#core.create(fiber, operation, fiber.nextPath()))
      case "run":
        if (isPlainRun(this.#core, spec)) {
          const done = runPlain(this.#core, this.#steps, fiber, operation, spec)
          return done instanceof Entry ? this.#await(fiber, done) : done
        }
        return this.#await(fiber, this.#core.create(fiber, operation, fiber.nextPath()))
      default:
        return this.#await(fiber, this.#core.create(fiber, operation, fiber.nextPath()))
    }
  }

  #register(fiber: Fiber, compensation: Compensation): Resume {
    const { openEntriesMax } = this.#core.limits
    try {
      register(fiber, compensation, openEntriesMax)
      return { type: "next", value: undefined }
    } catch (error) {
      return { type: "throw", error }
    }
  }

  #await(fiber: Fiber, entry: Entry): Resume | undefined {
    entry.observed = true
    entry.owner.unobservedFailures.delete(entry)
    if (entry.outcome !== undefined) return this.#core.resumeOf(entry)
    entry.waiters.push({ type: "fiber", fiber })
    fiber.waitingFor = entry
    return undefined
  }

  #begin(fiber: Fiber, entry: Entry): Resume | undefined {
    // An async step may wait unrecorded for its slot while the fiber goes on; for anything else that is deferred the
    // fiber waits, because performing it may settle it at once.
    const mayGoOn = entry.recorded || (isStep(entry) && kindOfFunction(entry.body.fn) === "async")
    if (mayGoOn) return { type: "next", value: this.#futureOf(entry) }
    entry.recordWaiter = fiber
    return undefined
  }

  #futureOf(entry: Entry): Future<unknown> {
    const { body, path } = entry
    const id = body.type === "child" ? body.id : `${this.#core.run.id}:${path}`
    return new Future(entry, id, body.type === "promise" ? body.token : "")
  }

  /** The cancellation came while the fiber was not waiting: the operation it yields now receives it. */
  #throwCancelled(fiber: Fiber, operation: Operation<unknown> | undefined): Resume | undefined {
    fiber.cancelPending = false
    const reason = fiber.cancelled ?? { state: "cancelled", message: "The run was cancelled." }
    if (operation === undefined || !takesPath(operation)) {
      return { type: "throw", error: new CancelledError(reason.message) }
    }
    const entry = this.#core.adopt(fiber, operation, fiber.nextPath())
    this.#core.settle(entry, cancelledOutcome(reason))
    return this.#await(fiber, entry)
  }

  #continueAsNew(fiber: Fiber, input: readonly unknown[]): Resume | undefined {
    if (fiber !== this.#root) {
      const message =
        "Only the workflow itself can continue as new, not a sub-workflow; return to it first."
      return { type: "throw", error: new InvalidOperationError(message) }
    }
    try {
      this.#continueWith = encode(input)
    } catch (error) {
      return { type: "throw", error }
    }
    for (const entry of [...fiber.open].reverse()) {
      this.#core.cancel(entry, {
        state: "cancelled",
        message: "The workflow continues as new.",
        leavesChildren: true,
      })
    }
    return { type: "return" }
  }

  #generatorEnded(fiber: Fiber, result: FiberResult): void {
    fiber.result = result
    for (const entry of fiber.open) {
      // Nobody can wait for it any more, and it would never end by itself.
      if (entry.body.type === "promise") {
        this.#core.cancel(entry, { state: "cancelled", message: "The workflow has ended." })
      }
    }
    this.#children.ownerEnded(fiber, result.type === "threw")
    this.joined(fiber)
  }

  /** Ends the fiber if its generator has ended and nothing that it began is left. */
  joined(fiber: Fiber): void {
    if (fiber.result === undefined || fiber.ended || fiber.open.size > 0 || this.#core.isStopped)
      return
    const outcome = outcomeOfFiber(fiber, fiber.result)
    if (mustUndo(fiber, outcome)) {
      startUndoing(fiber, outcome)
      return this.resume(fiber, { type: "next", value: undefined })
    }
    fiber.ended = true
    handOver(fiber, outcome)
    if (fiber.entry !== undefined) return this.#core.settle(fiber.entry, outcome)
    this.#core.finish(outcome, this.#continueWith)
  }
}

const PATHLESS: ReadonlySet<string> = new Set(["nothing", "panic", "await", "continueAsNew"])

function takesPath(operation: Operation<unknown>): boolean {
  return !PATHLESS.has(operation.spec.kind)
}
