// Interpreter: performs a program as a workflow, and tells what it was handed at each path.
// Owns: which operation each node is. Must not touch: chance, time, the outside: everything comes from the tree.
//   I1. The paths are counted here as the engine counts them: what was seen can be looked up in the journal.

import { encode } from "../../../src/engine/values/codec.ts"
import type { Context } from "../../../src/engine/workflow/context.ts"
import { CancelledError } from "../../../src/engine/errors.ts"
import { Future, type Operation } from "../../../src/engine/workflow/operation.ts"
import type { Eye } from "./eye.ts"
import { Calls } from "./calls.ts"
import { Place } from "./place.ts"
import type { Node, ProgramInput, StepPlan } from "./program.ts"
import { valueOf } from "./values.ts"

export type Body = Generator<Operation<unknown>, unknown, unknown>

/**
 * What the code knows of the changes that a deploy brings.
 * - `none`: it is older than they are
 * - `asked`: each stands behind its patch marker
 * - `past`: no run of it was ever on the old path
 * - `unmarked`: somebody forgot the markers
 */
export type Changes = "none" | "asked" | "past" | "unmarked"

interface Begun {
  readonly future: Future<unknown>
  readonly path: string
}

export class Interpreter {
  readonly #ctx: Context
  readonly #input: ProgramInput
  readonly #changes: Changes
  readonly #calls: Calls
  readonly #begun: Begun[] = []

  constructor(ctx: Context, input: ProgramInput, changes: Changes) {
    this.#ctx = ctx
    this.#input = input
    this.#changes = changes
    this.#calls = new Calls(ctx, input)
  }

  *run(): Body {
    const { root, generation, turns } = this.#input
    const value = yield* this.#perform(root, new Place(""))
    if (generation < turns)
      yield* this.#ctx.continueAsNew({ ...this.#input, generation: generation + 1 })
    return value
  }

  *#perform(node: Node, place: Place): Body {
    const ctx = this.#ctx
    switch (node.do) {
      case "seq": {
        const values: unknown[] = []
        for (const part of node.parts) values.push(yield* this.#perform(part, place))
        return values
      }
      case "try":
        return yield* this.#try(node, place)
      case "composite":
        return yield* this.#composite(node, place)
      case "change":
        return yield* this.#perform(
          (yield* this.#isFresh(node.name)) ? node.fresh : node.old,
          place,
        )
      case "throw":
        throw node.value === "error" ? new Error("thrown by the program") : valueOf(node.value, 1)
      case "junk":
        return yield* junk()
      case "panic":
        yield* node.isAssert === true
          ? ctx.assert(!node.holds)
          : ctx.panic(node.holds, "the program panics")
        return "went on"
      case "compensate":
        yield* this.#calls.compensation(node.step)
        return "registered"
      case "join": {
        const begun = this.#begun[node.which % Math.max(1, this.#begun.length)]
        return begun === undefined
          ? "nothing to join"
          : yield* this.#watch(begun.future, begun.path, "join")
      }
      case "receive":
        return yield* this.#receive(node, place)
      case "promise": {
        const path = place.take()
        const future = yield* ctx.promise({ timeoutMs: node.timeoutMs })
        return yield* this.#watch(future, path, "promise")
      }
      case "child":
        if (node.call !== "rpc") return yield* this.#begin(this.#calls.child(node), place)
        break
      case "step":
        if (node.isBegun === true)
          return yield* this.#begin(this.#calls.begunStep(node.step), place)
        break
      case "sub":
        if (node.isBegun === true) return yield* this.#beginSub(node, place)
        break
      default:
        break
    }
    const path = place.take()
    const own = node.do === "step" ? ownText(node.step) : undefined
    return yield* this.#watch(this.#operation(node, path), path, node.do, own)
  }

  /** The node as one operation at this path: what is none by itself becomes a sub-workflow. */
  #operation(node: Node, path: string): Operation<unknown> {
    const ctx = this.#ctx
    switch (node.do) {
      case "step":
        return this.#calls.step(node.step)
      case "fold":
        return this.#calls.fold(node)
      case "child":
        return this.#calls.rpc(node)
      case "sleep":
        return node.isUntil === true
          ? ctx.sleep({ until: this.#input.bornAtMs + node.ms })
          : ctx.sleep(node.ms)
      case "signal":
        return ctx.signal(node.name, { timeoutMs: node.timeoutMs })
      case "made":
        if (node.what === "now") return ctx.date.now()
        return node.what === "random" ? ctx.math.random() : ctx.uuid()
      case "publish":
        return ctx.publish("state", node.value === "function" ? 0 : valueOf(node.value, 0))
      case "shield":
        return ctx.shield(this.#section(node.body, path))
      case "sub":
        return ctx.run(this.#section(node.body, path), ctx.options({ timeoutMs: node.timeoutMs }))
      default:
        return ctx.run(this.#section(node, path))
    }
  }

  #section(node: Node, path: string): (ctx: Context) => Body {
    const perform = () => this.#perform(node, new Place(`${path}.`))
    return function* section(): Body {
      return yield* perform()
    }
  }

  *#begin(operation: Operation<Future<unknown>>, place: Place): Body {
    const path = place.take()
    const future = yield* operation
    this.#begun.push({ future, path })
    return "begun"
  }

  /** Left out of what can be joined: it might wait for itself. */
  *#beginSub(node: Node & { do: "sub" }, place: Place): Body {
    const path = place.take()
    const options = this.#ctx.options({ timeoutMs: node.timeoutMs })
    yield* this.#ctx.beginRun(this.#section(node.body, path), options)
    return "begun"
  }

  *#composite(
    { kind, members, isRecord, concurrency }: Node & { do: "composite" },
    place: Place,
  ): Body {
    const path = place.take()
    const operations = members.map((member, index) => this.#operation(member, `${path}.${index}`))
    const options = { concurrency }
    const record = Object.fromEntries(operations.map((each, index) => [`m${index}`, each]))
    const operation = isRecord
      ? this.#ctx[kind](record, options)
      : this.#ctx[kind](operations, options)
    return yield* this.#watch(operation, path, kind)
  }

  *#try({ body, cleanUp, swallows }: Node & { do: "try" }, place: Place): Body {
    try {
      return yield* this.#perform(body, place)
    } catch (error) {
      if (!swallows) throw error
      return "swallowed"
    } finally {
      if (cleanUp !== undefined) yield* this.#perform(cleanUp, place)
    }
  }

  *#receive({ name, timeoutMs, answers }: Node & { do: "receive" }, place: Place): Body {
    const path = place.take()
    const validate = (value: unknown) => typeof value === "number"
    const message = yield* this.#ctx.receive<number>(name, { timeoutMs, validate })
    this.#saw(path, "receive", "value", encode(message.value))
    if (answers !== "never") this.#saw(path, answers, "value", encode(message.value))
    if (answers === "reply") yield* message.reply(message.value)
    // The first answer stands.
    if (answers === "reply") yield* message.reply("too late")
    if (answers === "reject") yield* message.reject(new Error("refused by the program"))
    return message.value
  }

  *#isFresh(name: string): Generator<Operation<unknown>, boolean, unknown> {
    switch (this.#changes) {
      case "none":
        return false
      case "unmarked":
        return true
      case "asked":
        return yield* this.#ctx.patched(name)
      case "past":
        yield* this.#ctx.deprecatePatch(name)
        return true
    }
  }

  *#watch(operation: Operation<unknown>, path: string, kind: string, own?: string): Body {
    try {
      const value = yield* operation
      const isRace = kind === "race" || kind === "any"
      const shown = isRace ? { key: (value as { key: unknown }).key } : value
      this.#saw(path, kind, "value", encode(shown), own)
      return value
    } catch (error) {
      // A cancellation is thrown at the point of waiting; what was waited for may go on.
      if (!(error instanceof CancelledError)) this.#saw(path, kind, "thrown", shownError(error))
      throw error
    }
  }

  #saw(path: string, kind: string, state: "value" | "thrown", text: string, own?: string): void {
    const { generation } = this.#input
    const { id: run } = this.#ctx
    this.#ctx.getDependency<Eye>("eye").saw({ run, generation, path, kind, state, text, own })
  }
}

/** What the step gives, whenever it gives something. */
function ownText({ value, tag }: StepPlan): string | undefined {
  return value === "function" ? undefined : encode(valueOf(value, tag))
}

function shownError(error: unknown): string {
  return error instanceof Error ? error.message : JSON.stringify(error)
}

/** What no workflow should yield. */
function* junk(): Body {
  const nothing: unknown = { not: "an operation" }
  return yield nothing as Operation<unknown>
}
