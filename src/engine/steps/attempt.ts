// Attempt: one execution of a step, and the context that the step function is handed.
// Owns: the abort signal and the idempotency key of the attempt. Must not touch: retries, recording.

import type { StepContext } from "../workflow/context.ts"
import { textOfThrown } from "../values/bare-error.ts"
import { digestOf } from "../values/digest.ts"
import type { Host } from "../ports/ports.ts"
import type { Verdict } from "./retry-question.ts"
import { formatTraceParent, type StepTrace } from "../ports/trace-context.ts"
import { attemptSpanId } from "../ports/trace-ids.ts"

/** The parts of a run that make its keys. */
export interface RunIdentity {
  readonly id: string
  readonly incarnation: string
  readonly generation: number
  readonly createdAtMs: number
  /** Absent where nobody traces the run. */
  readonly trace?: StepTrace | undefined
}

export interface AttemptFields {
  readonly run: RunIdentity
  readonly name: string
  readonly path: string
  readonly number: number
  readonly host: Pick<Host, "dependency" | "log">
}

/** How an attempt ended. */
export interface AttemptEnd {
  readonly ok: boolean
  /** The result, or what was thrown. */
  readonly value: unknown
  /** What `retryIf` has said of it, when that took its time. */
  readonly verdict?: Verdict
}

export class Attempt implements StepContext {
  readonly id: string
  readonly name: string
  readonly path: string
  readonly attempt: number
  /** Absolute; set with the start record, when the attempt has its slot. */
  deadlineMs = Infinity
  /** It has failed, and `retryIf` takes its time to say what follows. */
  isAsking = false
  readonly #run: RunIdentity
  readonly #host: Pick<Host, "dependency" | "log">
  #controller: AbortController | undefined
  #abortReason: Error | undefined

  constructor(fields: AttemptFields) {
    this.id = fields.run.id
    this.name = fields.name
    this.path = fields.path
    this.attempt = fields.number
    this.#run = fields.run
    this.#host = fields.host
  }

  /** Made when first asked for: most synchronous steps never do. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason)
    }
    return this.#controller.signal
  }

  get idempotencyKey(): string {
    return idempotencyKey(this.#run, this.path)
  }

  get runCreatedAtMs(): number {
    return this.#run.createdAtMs
  }

  /** Made when asked for, like the key. */
  get traceparent(): string | undefined {
    const { trace } = this.#run
    if (trace === undefined) return undefined
    const { traceId, isSampled, passedOn } = trace
    if (passedOn !== undefined) return passedOn
    const spanId = attemptSpanId(this.#run, this.path, this.attempt)
    return formatTraceParent({ traceId, spanId, isSampled })
  }

  get tracestate(): string | undefined {
    return this.#run.trace?.tracestate
  }

  getDependency<T>(name: string): T {
    return this.#host.dependency(name) as T
  }

  /** Tells the step to stop. Its result is refused in any case. */
  abort(reason: Error): void {
    this.#abortReason ??= reason
    try {
      this.#controller?.abort(reason)
    } catch (error) {
      // In the Workers runtime a listener that throws throws here; it is the step's own affair and harms no run.
      this.#host.log("warn", `A listener of the abort signal of ${this.name} threw.`, {
        run: this.id,
        path: this.path,
        error: textOfThrown(error),
      })
    }
  }
}

const KEY_LENGTH_MAX = 255
const ID_LENGTH_MAX = 120
const PATH_LENGTH_MAX = 70

/**
 * Stable over attempts and crashes, different for every step, generation and life of the run id.
 * Printable ASCII, at most 255 characters: long parts are cut and end in their digest.
 */
export function idempotencyKey(
  run: Omit<RunIdentity, "createdAtMs" | "trace">,
  path: string,
): string {
  const id = shortened(encodeURIComponent(run.id), ID_LENGTH_MAX)
  const key = `${id}/${run.incarnation}/${run.generation}/${shortened(path, PATH_LENGTH_MAX)}`
  return key.length <= KEY_LENGTH_MAX ? key : shortened(key, KEY_LENGTH_MAX)
}

function shortened(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text
  const digest = digestOf(text).toString(36)
  return `${text.slice(0, lengthMax - digest.length - 1)}~${digest}`
}
