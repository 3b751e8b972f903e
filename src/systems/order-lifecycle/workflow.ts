// Order lifecycle: a state machine without a state column: where the generator stands is the state.
// Owns: the legal transitions and their order. Must not touch: the store (steps.ts), HTTP (routes.ts).
//   W1. A transition that is refused leaves no trace; one that is granted is a checkpoint before it is answered.
//   W2. Requests are taken one at a time, so of several that exclude each other exactly one wins.

import type { Context } from "../../engine/workflow/context.ts"
import { NonRetryableError } from "../../engine/errors.ts"
import {
  PATHS,
  transitionRequest,
  type Lifecycle,
  type OrderLifecycleInput,
  type State,
  type Transition,
  type TransitionRequest,
} from "./graph.ts"
import { transitionTo } from "./steps.ts"

/** Steps that call out end after this long, so that a call that hangs is seen and tried again. */
const ATTEMPT_TIMEOUT_MS = 5_000

export function* orderLifecycle(ctx: Context, { orderId, path }: OrderLifecycleInput) {
  const order = new Order(ctx, orderId, path)
  yield* order.enter("created")
  yield* order.proceed("confirmed")
  const way = yield* order.proceed("shipped", "cancelled")
  if (way === "shipped") yield* order.proceed("delivered")
  else yield* order.enter("refunded")
  const { state, history } = order.lifecycle
  return { orderId, finalState: state, history }
}

class Order {
  readonly #ctx: Context
  readonly #orderId: string
  readonly #script: readonly State[] | undefined
  readonly #history: Transition[] = []

  constructor(ctx: Context, orderId: string, path: OrderLifecycleInput["path"]) {
    this.#ctx = ctx
    this.#orderId = orderId
    this.#script = path === undefined ? undefined : PATHS[path]
  }

  get #state(): State | null {
    return this.#history.at(-1)?.to ?? null
  }

  get lifecycle(): Lifecycle {
    const state = this.#state ?? "created"
    return { orderId: this.#orderId, state, history: [...this.#history] }
  }

  *enter(to: State) {
    const ctx = this.#ctx
    const callOut = ctx.options({ attemptTimeoutMs: ATTEMPT_TIMEOUT_MS })
    this.#history.push(yield* ctx.run(transitionTo, this.#orderId, this.#state, to, callOut))
    yield* ctx.publish("lifecycle", this.lifecycle)
  }

  /** Enters the one of these states that the script names or that is asked for first; refuses everything else. */
  *proceed<Choice extends State>(...allowed: Choice[]) {
    const scripted = allowed.find((choice) => this.#script?.includes(choice))
    if (scripted !== undefined) {
      yield* this.enter(scripted)
      return scripted
    }
    for (;;) {
      const request = yield* this.#ctx.receive<TransitionRequest>("transition", {
        validate: transitionRequest,
      })
      const choice = allowed.find((state) => state === request.value.to)
      if (choice !== undefined) {
        yield* this.enter(choice)
        request.reply(this.lifecycle)
        return choice
      }
      if (request.value.to === this.#state) request.reply(this.lifecycle)
      else request.reject(illegalTransition(this.lifecycle.state, request.value.to, allowed))
    }
  }
}

function illegalTransition(from: State, to: State, allowed: readonly State[]): NonRetryableError {
  return new NonRetryableError(
    `An order that is ${from} cannot become ${to}; it can become ${allowed.join(" or ")}.`,
    { code: "illegal_transition", details: { from, to, allowed } },
  )
}
