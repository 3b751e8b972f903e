// Model: what a program must come to, told by reading it alone, where nothing but the program decides.
// Owns: which programs those are. Where time, chance, people or a deploy have a say, it says nothing.

import { decode, encode } from "../../../src/engine/values/codec.ts"
import type { RunView } from "../promises/run-view.ts"
import { isFinal } from "../promises/rows.ts"
import type { Node, ProgramInput, StepPlan } from "./program.ts"
import { valueOf } from "./values.ts"

type Outcome = { readonly is: "value"; readonly value: unknown } | { readonly is: "error" }

/** Not told by the program alone. */
class Undecided extends Error {}

const ERROR: Outcome = { is: "error" }

function value(of: unknown): Outcome {
  return { is: "value", value: of }
}

/** @throws Undecided */
function outcomeOf(node: Node): Outcome {
  switch (node.do) {
    case "step":
      return node.isBegun === true ? begun(stepOutcome(node.step)) : stepOutcome(node.step)
    case "sleep":
      return value(undefined)
    case "publish":
      return value(null)
    case "panic":
      if (node.holds) throw new Undecided()
      return value("went on")
    case "throw":
    case "junk":
      return ERROR
    case "compensate":
      // Whoever cannot undo it may wait for a person.
      if (node.step.policy?.onExhausted !== undefined) throw new Undecided()
      return value("registered")
    case "fold":
      return foldOutcome(node)
    case "seq":
      return allOf(node.parts)
    case "sub": {
      if (node.timeoutMs !== undefined) throw new Undecided()
      const body = outcomeOf(node.body)
      return node.isBegun === true ? begun(body) : body
    }
    case "shield":
      return outcomeOf(node.body)
    case "child": {
      if (node.timeoutMs !== undefined || node.retries !== undefined) throw new Undecided()
      return node.call === "rpc" ? outcomeOf(node.body) : begun(outcomeOf(node.body))
    }
    case "composite":
      return compositeOutcome(node)
    case "try":
      return tryOutcome(node)
    case "signal":
    case "receive":
    case "promise":
    case "made":
    case "join":
    case "change":
      throw new Undecided()
  }
}

/** What was begun and fails alone fails the workflow in the end, unless somebody joins it. */
function begun(outcome: Outcome): Outcome {
  if (outcome.is === "error") throw new Undecided()
  return value("begun")
}

function stepOutcome(plan: StepPlan): Outcome {
  if (plan.timeoutMs !== undefined || plan.failures < 0) throw new Undecided()
  const { policy } = plan
  const mayGiveUp = policy?.type === "never" || policy?.maxRetries !== undefined
  const mayFail = plan.failures > 0 || plan.callsOut || plan.attemptTimeoutMs !== undefined
  if (mayGiveUp && mayFail) throw new Undecided()
  // It hangs until its attempt is over, which without an attempt timeout is longer than some worlds last.
  if (plan.hangs !== undefined && plan.attemptTimeoutMs === undefined) throw new Undecided()
  if (plan.attemptTimeoutMs !== undefined && plan.takesMs >= plan.attemptTimeoutMs) {
    throw new Undecided()
  }
  if (plan.isFatal === true || plan.value === "function") return ERROR
  return value(valueOf(plan.value, plan.tag))
}

function foldOutcome({ step, items, applies }: Node & { do: "fold" }): Outcome {
  if (items === 0) return value([])
  const { timeoutMs: _notOfFolds, attemptTimeoutMs: _nor, ...plan } = step
  // An item gives its tag, whatever its plan's value is.
  if (stepOutcome({ ...plan, value: "number" }).is === "error") return ERROR
  const isNothing = !applies && step.value === "undefined"
  const tags = Array.from({ length: items }, (_, index) => step.tag * 1_000 + index)
  return value(tags.map((tag) => (isNothing ? "nothing" : tag)))
}

function allOf(nodes: readonly Node[]): Outcome {
  const values: unknown[] = []
  for (const node of nodes) {
    const outcome = outcomeOf(node)
    if (outcome.is === "error") return ERROR
    values.push(outcome.value)
  }
  return value(values)
}

/** A member is waited for, however it would be begun by itself. */
function memberOutcome(node: Node): Outcome {
  if (node.do === "step") return stepOutcome(node.step)
  if (node.do === "child") return outcomeOf({ ...node, call: "rpc" })
  if (node.do !== "sub") return outcomeOf(node)
  if (node.timeoutMs !== undefined) throw new Undecided()
  return outcomeOf(node.body)
}

function compositeOutcome({ kind, members, isRecord }: Node & { do: "composite" }): Outcome {
  if (kind === "race" || kind === "any") throw new Undecided()
  const outcomes = members.map(memberOutcome)
  const failed = outcomes.filter(({ is }) => is === "error").length
  if (failed > 0 && kind === "allSettled") throw new Undecided()
  if (failed > 0) return ERROR
  const values = outcomes.map((each) => {
    const of = each.is === "value" ? each.value : undefined
    return kind === "all" ? of : { status: "fulfilled", value: of }
  })
  return value(isRecord ? Object.fromEntries(values.map((each, at) => [`m${at}`, each])) : values)
}

function tryOutcome({ body, cleanUp, swallows }: Node & { do: "try" }): Outcome {
  const tried = outcomeOf(body)
  if (cleanUp !== undefined && outcomeOf(cleanUp).is === "error") return ERROR
  if (tried.is === "value") return tried
  return swallows ? value("swallowed") : ERROR
}

/** @throws Error when a run that only its program decides has come to something else */
export function judgeByModel({ id, rows }: RunView): void {
  const { run } = rows
  if (run === undefined || run.deadlineMs !== null || run.input.startsWith("@")) return
  // Whether it gets its slot lies with the others of its key.
  if (run.slot !== null) return
  // A jump of the clock may time out an attempt that has time enough.
  if (run.halt?.includes(" took longer than ") === true) return
  const [input] = decode(run.input) as [ProgramInput]
  const expected = modelOf(input.root)
  if (expected === undefined) return
  const wanted = expected.is === "value" ? "completed" : "failed"
  const found = isFinal(run.status) && run.result !== null ? `completed: ${run.result}` : run.status
  const shown = expected.is === "value" ? `completed: ${encode(expected.value)}` : "failed"
  if (run.status === wanted && (run.result?.startsWith("@") === true || found === shown)) return
  throw new Error(`Run ${id} is not what its program comes to: expected ${shown}, found ${found}.`)
}

function modelOf(root: Node): Outcome | undefined {
  try {
    return outcomeOf(root)
  } catch (error) {
    if (error instanceof Undecided) return undefined
    throw error
  }
}
