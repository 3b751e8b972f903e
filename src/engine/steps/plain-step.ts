// Plain step: the fast way through a synchronous step: one record, no entry in memory.
// Owns: nothing but the shortcut; whatever is out of the ordinary falls back to an entry (steps.ts).

import { Attempt } from "./attempt.ts"
import { decode, encode } from "../values/codec.ts"
import type { Core } from "../machine/core.ts"
import { stepName } from "../machine/entry-of.ts"
import { kindOfFunction, returnsPromise } from "../workflow/function-kind.ts"
import { inputDigest } from "../values/input-digest.ts"
import type { OperationSpec, Operation } from "../workflow/operation.ts"
import { freshInput, isPrimitive } from "./step-input.ts"
import { isGenerator, isThenable } from "./step-result.ts"
import type { Steps } from "./steps.ts"
import { isStep, type StepEntry, type Entry, type Fiber, type Resume } from "../machine/tree.ts"

type RunSpec = Extract<OperationSpec, { kind: "run" | "begin" }>

/** Whether a step may take the shortcut. */
export function isPlainRun(core: Core, spec: RunSpec): boolean {
  return (
    kindOfFunction(spec.fn) === "plain" &&
    spec.options.timeoutMs === undefined &&
    core.run.faults.length === 0
  )
}

/** Performs or replays the step; an entry comes back when the ordinary way has to be gone. */
export function runPlain(
  core: Core,
  steps: Steps,
  fiber: Fiber,
  operation: Operation<unknown>,
  spec: RunSpec,
): Resume | Entry {
  const path = fiber.nextPath()
  const { log } = core
  const next = log.peek()
  const name = stepName(spec.fn, spec.options)
  if (next !== undefined) {
    const isHere = next.path === path && next.inline && next.type === "completed"
    if (
      !isHere ||
      next.kind !== "step" ||
      next.name !== name ||
      next.digest !== inputDigest(spec.input)
    ) {
      return core.create(fiber, operation, path)
    }
    log.take()
    return { type: "next", value: decode(next.text ?? "null") }
  }
  // The function may send something although it is synchronous: a write has to be pending before it is called.
  const isOrdinary = !core.defersWork && log.recordCount < core.limits.entriesMax
  if (!isOrdinary || returnsPromise(spec.fn) || !core.ports.store.secure()) {
    return core.create(fiber, operation, path)
  }

  const attempt = new Attempt({
    run: core.run,
    name,
    path,
    number: core.attemptsBefore(path) + 1,
    host: core.ports.host,
  })
  const digest = inputDigest(spec.input)
  let returned: unknown
  let text: string
  try {
    returned = (spec.fn as (...input: unknown[]) => unknown)(attempt, ...freshInput(spec.input))
  } catch (error) {
    const entry = adoptStep(core, fiber, operation, path)
    steps.takeThrown(entry, attempt, error)
    return entry
  }
  if (!isPrimitive(returned) && (isThenable(returned) || isGenerator(returned))) {
    const entry = adoptStep(core, fiber, operation, path)
    steps.takeReturned(entry, attempt, returned)
    return entry
  }
  try {
    text = encode(returned)
  } catch (error) {
    const entry = adoptStep(core, fiber, operation, path)
    steps.takeThrown(entry, attempt, error)
    return entry
  }
  log.append({
    type: "completed",
    path,
    kind: "step",
    name,
    digest,
    attempt: attempt.attempt,
    text,
  })
  return { type: "next", value: isPrimitive(returned) ? returned : decode(text) }
}

// Not a closure of the step: bundlers that keep names define one for each closure that has one, and a step is short.
function adoptStep(
  core: Core,
  fiber: Fiber,
  operation: Operation<unknown>,
  path: string,
): StepEntry {
  const entry = core.adopt(fiber, operation, path)
  if (!isStep(entry)) throw new Error(`Entry ${entry.path} is ${entry.kind}, not a step.`)
  return entry
}
