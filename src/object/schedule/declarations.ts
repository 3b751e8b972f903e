// Declarations: the schedules that the code itself asks for, put once for each text of theirs.
// Owns: when they are put: at the first request a fresh isolate sees. It costs one question to the directory, and
// nothing afterwards.
//   E1. What a person changed or deleted over HTTP stays so until the declaration itself becomes another.
//   E2. A declaration taken out of the code deletes nothing: of two deployments side by side one would delete what the
//       other declares.

import { BelayError } from "../../engine/errors.ts"
import { canonicalJson } from "../../engine/values/plain-json.ts"
import type { ScheduleRequest, Schedules } from "../../engine/ports/schedules.ts"
import { callObject } from "../object-call.ts"
import { logFailure } from "../run-log.ts"
import { inputTextOf } from "../doors/start.ts"
import type { Declared } from "./directory.ts"
import { requireScheduleName } from "./schedule-spec.ts"
import type { DirectoryDoor } from "./schedules-client.ts"

/** Between two tries; a failed one is not repeated with every request. */
const PAUSE_MS = 10_000

interface Place {
  readonly schedules: Schedules
  readonly directory: () => DirectoryDoor
}

export class Declarations {
  readonly #requests = new Map<string, ScheduleRequest>()
  #applying: Promise<void> | undefined
  #isDone = false
  #againAtMs = 0

  /** @throws BelayError invalid_id, invalid_request */
  add(name: string, request: ScheduleRequest): void {
    requireScheduleName(name)
    if (this.#requests.has(name)) {
      throw new BelayError(
        "invalid_request",
        `Schedule "${name}" is declared twice; give the other one another name.`,
      )
    }
    this.#requests.set(name, request)
    this.#isDone = false
  }

  /** Puts those that were never put as they are now; `undefined` when there is nothing to do. Never throws. */
  apply(place: () => Place): Promise<void> | undefined {
    if (this.#isDone || this.#requests.size === 0) return undefined
    if (this.#applying === undefined && Date.now() >= this.#againAtMs) {
      this.#applying = this.#putAll(place).finally(() => {
        this.#applying = undefined
      })
    }
    return this.#applying
  }

  async #putAll(place: () => Place): Promise<void> {
    try {
      const { schedules, directory } = place()
      const all = await Promise.all([...this.#requests].map(declaredOf))
      const due = await callObject(directory, true, (object) => object.undeclared(all))
      for (const declared of all) {
        const request = this.#requests.get(declared.name)
        if (request === undefined || !due.includes(declared.name)) continue
        await schedules.put(declared.name, request)
        await callObject(directory, true, (object) => object.declared(declared))
      }
      this.#isDone = true
    } catch (error) {
      this.#againAtMs = Date.now() + PAUSE_MS
      logFailure("The declared schedules could not be put; it is tried again.", error, {})
    }
  }
}

async function declaredOf([name, request]: readonly [string, ScheduleRequest]): Promise<Declared> {
  const { input, ...rest } = request
  const plain: unknown = JSON.parse(
    JSON.stringify({ ...rest, inputText: inputTextOf(input ?? []) }),
  )
  const bytes = new TextEncoder().encode(canonicalJson(plain))
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
  return { name, digest: [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("") }
}
