// Step lines: the lines the Worker's steps log, told apart from the rest, so that the demo sees how far the runs are
// without asking them.
// Owns: the reading of the lines and the waiting for one. A line may be lost in a kill; a step never is.

import { member } from "../support/json-client.ts"
import { pause, waitUntil } from "../support/wait-until.ts"

export interface StepLine {
  readonly run: string
  readonly step: string
  readonly attempt: number
  readonly message: string
}

const STEP_TIMEOUT_MS = 30_000

export class StepLines {
  readonly #lines: StepLine[] = []
  #lastAtMs = Date.now()

  /** Keeps the line and gives it back when a step wrote it. */
  take(line: string): StepLine | undefined {
    const step = parse(line)
    if (step === undefined) return undefined
    this.#lines.push(step)
    this.#lastAtMs = Date.now()
    return step
  }

  /** Resolves when no step has said anything for so long. */
  async silence(ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs = this.#lastAtMs + ms - Date.now()) await pause(leftMs)
  }

  /** Resolves when the run's step of this name has told of `count` calls that went well. */
  async waitFor(run: string, step: string, count = 1): Promise<void> {
    await waitUntil(`${run} to do ${step}`, STEP_TIMEOUT_MS, () =>
      this.#lines.filter((line) => line.run === run && line.step === step).length >= count
        ? true
        : undefined,
    )
  }
}

/** A line of another kind, such as a warning of the engine, has no attempt or is no JSON at all. */
function parse(line: string): StepLine | undefined {
  if (!line.startsWith("{")) return undefined
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    // Cut off by a kill.
    return undefined
  }
  const run = member(json, "run")
  const step = member(json, "step")
  const attempt = member(json, "attempt")
  const message = member(json, "message")
  const isStep = member(json, "level") === undefined && typeof attempt === "number"
  return isStep && typeof run === "string" && typeof step === "string"
    ? { run, step, attempt, message: String(message) }
    : undefined
}
