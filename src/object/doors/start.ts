// Start: what a start request becomes: a new row, or a comparison with the run that stands already.
// Owns: the rule of promise 4. Pure but for ids.

import { decode, encode } from "../../engine/values/codec.ts"
import { textOfThrown } from "../../engine/values/bare-error.ts"
import { BelayError } from "../../engine/errors.ts"
import { DURATION_MS_MAX, INPUT_BYTES_MAX } from "../../engine/limits.ts"
import { canonicalJson, tryPlainJson } from "../../engine/values/plain-json.ts"
import type { Fault } from "../../engine/ports/ports.ts"
import {
  describeIssues,
  type RegisteredWorkflow,
  type Registry,
} from "../../engine/workflow/registry.ts"
import type { TraceContext } from "../../engine/ports/trace-context.ts"
import { newSlot } from "../limiter/slot.ts"
import { startHold } from "../driver/run-begin.ts"
import type { RunRow } from "../store/stored-run.ts"
import { callersTrace } from "../telemetry/run-trace.ts"

/** A start request as it crosses to the object: the input as the codec's text. */
export interface StartMessage {
  readonly workflow: string
  readonly inputText: string
  /** The incarnation the run gets if this request creates it; by it a repeated call knows its own run again. */
  readonly incarnation: string
  readonly version?: number | undefined
  readonly timeoutMs?: number | undefined
  /** Absolute: the deadline a child has from its parent. */
  readonly deadlineMs?: number | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  readonly faults?: readonly Fault[] | undefined
  readonly startAtMs?: number | undefined
  readonly signal?: CarriedMessage | undefined
  readonly update?: CarriedMessage | undefined
  /** Whoever starts it sees to it that the index hears of it; a start that is later on its way tells of itself. */
  readonly announcedUntilMs?: number | undefined
  /** The trace of whoever starts it; older senders do not say. */
  readonly trace?: TraceContext | undefined
  /** What makes the messages it carries idempotent. */
  readonly key: string
  readonly waitMs: number
}

/** A message that comes with a start: its value as the codec's text. */
interface CarriedMessage {
  readonly name: string
  readonly text: string
}

/** @throws invalid_request when it is to begin too far ahead, or its limits give no key for its input. */
export function newRow(
  id: string,
  message: StartMessage,
  workflow: RegisteredWorkflow,
  nowMs: number,
): RunRow {
  const { startAtMs, timeoutMs } = message
  requireNear(startAtMs, nowMs)
  const row: RunRow = {
    id,
    incarnation: message.incarnation,
    workflow: workflow.name,
    version: workflow.version,
    status: "suspended",
    inputText: message.inputText,
    generation: 0,
    generationInputText: undefined,
    epoch: 0,
    tags: message.tags ?? {},
    faults: message.faults ?? [],
    createdAtMs: nowMs,
    deadlineMs:
      message.deadlineMs ??
      (timeoutMs === undefined ? undefined : Math.max(startAtMs ?? 0, nowMs) + timeoutMs),
    endedAtMs: undefined,
    resultText: undefined,
    errorText: undefined,
    halt: undefined,
    cancel: undefined,
    unconsumedSignals: undefined,
    parent: undefined,
    startAtMs,
    startedAtMs: undefined,
    deleteAtMs: undefined,
    slot: newSlot(workflow, message.inputText),
    forkedFrom: undefined,
    changes: 0,
    changedAtMs: nowMs,
    trace: callersTrace(message.trace),
    replays: undefined,
  }
  if (startHold(row, nowMs) !== undefined) return row
  return { ...row, status: "running", startedAtMs: nowMs }
}

/** @throws invalid_request */
export function requireNear(startAtMs: number | undefined, nowMs: number): void {
  if (startAtMs === undefined || startAtMs <= nowMs + DURATION_MS_MAX) return
  throw new BelayError(
    "invalid_request",
    `startAt is more than ${DURATION_MS_MAX} ms ahead; name an instant within ten years.`,
  )
}

/** @throws BelayError run_conflict when the request is not for the run that stands (promise 4). */
export function requireSameRun(row: RunRow, message: StartMessage): void {
  const conflict = (what: string, has: unknown, asked: unknown) =>
    new BelayError(
      "run_conflict",
      `Run "${row.id}" exists with another ${what}; use another id, or send the same ${what}.`,
      { what, has, asked },
    )
  if (row.workflow !== message.workflow) throw conflict("workflow", row.workflow, message.workflow)
  if (message.version !== undefined && row.version !== message.version) {
    throw conflict("version", row.version, message.version)
  }
  if (row.inputText !== message.inputText && !isSameJson(row.inputText, message.inputText)) {
    throw new BelayError(
      "run_conflict",
      `Run "${row.id}" exists with another input; use another id, or send the same input.`,
      { what: "input" },
    )
  }
}

function isSameJson(left: string, right: string): boolean {
  const [one, other] = [tryPlainJson(decode(left)), tryPlainJson(decode(right))]
  // Of what is too long to be written out only the stored texts can be compared, and they differ.
  if (one === undefined || other === undefined) return false
  return canonicalJson(one.json) === canonicalJson(other.json)
}

/** @throws BelayError invalid_request when a part of the input cannot be stored. */
export function inputTextOf(input: readonly unknown[]): string {
  try {
    return encode(input, INPUT_BYTES_MAX)
  } catch (error) {
    throw new BelayError(
      "invalid_request",
      `The input cannot be stored: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

/** @throws workflow_unknown, version_unknown */
export function requireWorkflow(
  registry: Registry,
  message: Pick<StartMessage, "workflow" | "version">,
): RegisteredWorkflow {
  const workflow = registry.find(message.workflow, message.version)
  if (workflow !== undefined) return workflow
  if (registry.has(message.workflow)) {
    throw new BelayError(
      "version_unknown",
      `Workflow "${message.workflow}" has no version ${message.version}; leave the version out for the newest.`,
    )
  }
  throw new BelayError(
    "workflow_unknown",
    `No workflow "${message.workflow}" is registered; known are: ${registry.names().join(", ")}.`,
  )
}

/** @throws invalid_request when the workflow's schema refuses the list of arguments, internal when it throws itself. */
export async function requireValidInput(
  workflow: RegisteredWorkflow,
  inputText: string,
): Promise<void> {
  const issues = await issuesOf(workflow, inputText)
  if (issues === undefined) return
  throw new BelayError(
    "invalid_request",
    `The input does not fit workflow "${workflow.name}": ${describeIssues(issues)}`,
  )
}

/** What is wrong with it; `undefined` when it fits. */
async function issuesOf({ name, input }: RegisteredWorkflow, inputText: string) {
  try {
    return (await input?.["~standard"].validate(decode(inputText)))?.issues
  } catch (error) {
    throw new BelayError(
      "internal",
      `The input could not be checked: the schema of workflow "${name}" threw ${textOfThrown(error)}.`,
    )
  }
}
