// Mocks: what stands in for a step or a child: a function, a plain value, an error, or one of the helpers here.
// Owns: what each of them does when it is called. Must not touch: which step gets which (step-doubles.ts).
//   M1. A helper keeps no state: what it does depends on the attempt alone, so it does the same after a crash.

import type { Context, StepContext } from "../engine/workflow/context.ts"
import type { StepFunctionOfTest } from "./instruments.ts"

/**
 * A function is called as the step is, context first. An error is thrown by every attempt. Anything else is what the
 * step returns.
 */
export type StepMock =
  | ((ctx: Context & StepContext, ...input: never[]) => unknown)
  | object
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined

/** Promises that never settle on purpose: nobody waits for them. */
const hanging = new WeakSet<object>()

/** Mocks that need the step they stand in for. */
const overOriginal = new WeakMap<object, (original: StepFunctionOfTest) => StepFunctionOfTest>()

/** Mocks that are known to touch nothing outside. */
const harmless = new WeakSet<object>()

/** What a function of the kit's own comes down to. */
const standsFor = new WeakMap<object, readonly StepFunctionOfTest[]>()

type Mock = (ctx: Context & StepContext, ...input: never[]) => unknown

/** Every attempt returns this. */
export function returns(value?: unknown): Mock {
  return marked(() => value)
}

/** Every attempt throws this; a text becomes the message of an Error. */
export function throws(error: unknown = "The step failed, as its mock says."): Mock {
  return marked(() => {
    throw errorOf(error)
  })
}

/** No attempt ever ends by itself: only its timeout, a cancel or a lost race ends it. */
export function hangs(): Mock {
  return marked(() => {
    const promise = new Promise<never>(() => undefined)
    hanging.add(promise)
    return promise
  })
}

/**
 * The first attempts of each call throw, those after them do what `then` says: a mock like any other; the step itself
 * unless given.
 */
export function failsTimes(times: number, error?: unknown, ...then: [StepMock?]): Mock {
  const failing = throws(error)
  return after((original) => {
    const last = then.length === 0 ? original : functionOf(then[0], original)
    return [...Array<StepFunctionOfTest>(times).fill(failing as StepFunctionOfTest), last]
  })
}

/** Attempt by attempt, each does what the mock at its place says; the last one counts for all that follow. */
export function inTurn(...mocks: readonly [StepMock, ...StepMock[]]): Mock {
  return after((original) => mocks.map((mock) => functionOf(mock, original)))
}

/** What is called attempt by attempt, the last one for all that follow. */
function after(listFor: (original: StepFunctionOfTest) => readonly StepFunctionOfTest[]): Mock {
  const needsOriginal: Mock = () => {
    throw new Error("This mock stands in for a step: give it under the step's name in `steps`.")
  }
  overOriginal.set(needsOriginal, (original) => {
    const list = listFor(original)
    const chosen: StepFunctionOfTest = (ctx, ...input) =>
      list[Math.min((ctx as StepContext).attempt, list.length) - 1]?.(ctx, ...input)
    standsFor.set(chosen, list)
    return chosen
  })
  return needsOriginal
}

/** The functions of the test's that are called when this one is. */
export function functionsBehind(fn: StepFunctionOfTest): readonly StepFunctionOfTest[] {
  return standsFor.get(fn)?.flatMap(functionsBehind) ?? [fn]
}

/** The function that is called in the place of the step. */
export function functionOf(mock: StepMock, original: StepFunctionOfTest): StepFunctionOfTest {
  if (typeof mock === "function") {
    return overOriginal.get(mock)?.(original) ?? (mock as StepFunctionOfTest)
  }
  return (mock instanceof Error ? throws(mock) : returns(mock)) as StepFunctionOfTest
}

export function isHanging(value: unknown): boolean {
  return typeof value === "object" && value !== null && hanging.has(value)
}

export function isHarmlessMock(fn: object): boolean {
  return harmless.has(fn)
}

function marked(mock: Mock): Mock {
  harmless.add(mock)
  return mock
}

function errorOf(error: unknown): unknown {
  return typeof error === "string" ? new Error(error) : error
}
