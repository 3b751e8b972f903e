// Scene: one system in the demo: what a person asks of it, where the kills find it, what it must have done at the end.
// Owns: the shape, and how a run that has ended is read.

import { isDeepStrictEqual } from "node:util"
import { member, type Answer } from "../support/json-client.ts"
import type { SystemsRuntime } from "../support/systems-runtime.ts"
import type { StepLines } from "./step-lines.ts"

/** What the scenes play on. */
export interface Stage {
  readonly runtime: SystemsRuntime
  readonly lines: StepLines
}

export interface Scene {
  readonly system: string
  readonly runs: readonly string[]
  /** Sends the requests a person would send; the last before the end. */
  begin(): Promise<void>
  /** Resolves when a kill would find the runs at the first place, or at the second. */
  reached(place: "first" | "second"): Promise<void>
  /** Told once the runtime is dead, after the kill at the first place. */
  killed?(): void
  /** Whether the last effect stands in its store; absent where that cannot be seen without a request. */
  isFinished?(): boolean
  /** Counts the effects in the stores. */
  check(): Promise<Verdict>
}

export interface Verdict {
  /** The effects, in words with their numbers. */
  readonly effects: string
  readonly result: string
  /** What is wrong; empty when nothing is. */
  readonly problems: readonly string[]
}

/** A run as it stands. */
export interface RunView {
  readonly id: string
  readonly status: string
  readonly result: unknown
  readonly createdAtMs: number
  /** NaN while it has not ended. */
  readonly endedAtMs: number
  readonly steps: number
}

export async function readRun({ runtime }: Stage, id: string): Promise<RunView> {
  const path = `/v1/runs/${encodeURIComponent(id)}`
  const { body } = await runtime.client.get(path)
  const journal = await runtime.client.get(`${path}/journal?limit=1000`)
  const entries = member(journal.body, "entries")
  const steps = Array.isArray(entries)
    ? entries.filter((entry) => member(entry, "kind") === "step").length
    : 0
  return {
    id,
    status: String(member(body, "status")),
    result: member(body, "result"),
    createdAtMs: Date.parse(String(member(body, "createdAt"))),
    endedAtMs: Date.parse(String(member(body, "endedAt"))),
    steps,
  }
}

/** @throws Error unless the answer's status is one of these */
export function requireStatus(answer: Answer, ...statuses: number[]): void {
  if (statuses.includes(answer.status)) return
  throw new Error(
    `Expected ${statuses.join(" or ")}, got ${answer.status}: ${JSON.stringify(answer.body)}`,
  )
}

/** The problems among these pairs of what was found and what was expected. */
export function differences(
  found: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, unknown>>,
): string[] {
  return Object.entries(expected).flatMap(([name, value]) =>
    isDeepStrictEqual(found[name], value)
      ? []
      : [`${name}: expected ${JSON.stringify(value)}, found ${JSON.stringify(found[name])}`],
  )
}
