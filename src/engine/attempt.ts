// Attempt: one execution of a step, and the context that the step function is handed.
// Owns: the abort signal and the idempotency key of the attempt. Must not touch: retries, recording.

import type { StepContext } from "./context.ts"
import { digestOf } from "./digest.ts"

/** The parts of a run that make its keys. */
export interface RunIdentity {
  readonly id: string
  readonly incarnation: string
  readonly generation: number
}

export interface AttemptFields {
  readonly run: RunIdentity
  readonly name: string
  readonly path: string
  readonly number: number
  readonly deadlineMs: number
  readonly dependency: (name: string) => unknown
}

export class Attempt implements StepContext {
  readonly id: string
  readonly name: string
  readonly path: string
  readonly attempt: number
  readonly deadlineMs: number
  readonly #run: RunIdentity
  readonly #dependency: (name: string) => unknown
  #controller: AbortController | undefined
  #abortReason: Error | undefined

  constructor(fields: AttemptFields) {
    this.id = fields.run.id
    this.name = fields.name
    this.path = fields.path
    this.attempt = fields.number
    this.deadlineMs = fields.deadlineMs
    this.#run = fields.run
    this.#dependency = fields.dependency
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

  getDependency<T>(name: string): T {
    return this.#dependency(name) as T
  }

  /** Tells the step to stop. Its result is refused in any case. */
  abort(reason: Error): void {
    this.#abortReason ??= reason
    this.#controller?.abort(reason)
  }
}

const KEY_LENGTH_MAX = 255
const ID_LENGTH_MAX = 120
const PATH_LENGTH_MAX = 70

/**
 * Stable over attempts and crashes, different for every step, generation and life of the run id.
 * Printable ASCII, at most 255 characters: long parts are cut and end in their digest.
 */
export function idempotencyKey(run: RunIdentity, path: string): string {
  const id = shortened(encodeURIComponent(run.id), ID_LENGTH_MAX)
  const key = `${id}/${run.incarnation}/${run.generation}/${shortened(path, PATH_LENGTH_MAX)}`
  return key.length <= KEY_LENGTH_MAX ? key : shortened(key, KEY_LENGTH_MAX)
}

function shortened(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text
  const digest = digestOf(text).toString(36)
  return `${text.slice(0, lengthMax - digest.length - 1)}~${digest}`
}
