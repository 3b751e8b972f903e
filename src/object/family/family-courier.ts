// Family courier: brings a run's messages to its children and parents, each an object of its own.
// Owns: the call, and what a refusal means to the sender. Must not touch: what a message does at its receiver.
//   Q1. A refusal is an answer: it is not sent again, unless the receiver only runs older code than the sender, or the
//       Worker lacks something that a deploy brings.

import { encodeThrown } from "../../engine/values/codec.ts"
import { BelayError } from "../../engine/errors.ts"
import type { Outcome } from "../../engine/ports/journal.ts"
import type { Registry } from "../../engine/workflow/registry.ts"
import { valueOf, type Answer } from "../answer.ts"
import type { OutboxMessage } from "../outbox/outbox-rows.ts"
import type { ParentLink } from "../store/stored-run.ts"
import { pack, type Packed } from "../wire.ts"
import { isFamilyKind, START_VALID_MS, type ChildBegins, type FamilyKind } from "./messages.ts"

/** The one method of a run object that its family calls. */
export interface FamilyStub {
  deliver(id: string, kind: FamilyKind, payload: Packed<unknown>): Promise<Answer<null>>
}

export interface FamilyCourierParts {
  readonly registry: Registry
  /** A fresh stub for each call, since a broken one stays broken. */
  readonly stub: (id: string) => FamilyStub
  /** A child could not be started: for the run that wanted it, that is how it has ended. */
  readonly refused: (link: ParentLink, outcome: Outcome) => void
}

export class FamilyCourier {
  readonly #parts: FamilyCourierParts

  constructor(parts: FamilyCourierParts) {
    this.#parts = parts
  }

  async deliver({ kind, target }: OutboxMessage, payload: unknown): Promise<void> {
    if (!isFamilyKind(kind)) throw new Error(`The family has no message of the kind ${kind}.`)
    const sending = kind === "start" ? sentNow(payload as ChildBegins) : payload
    try {
      valueOf(await this.#parts.stub(target).deliver(target, kind, pack(sending)))
    } catch (error) {
      if (!(error instanceof BelayError) || this.#isSkew(kind, payload, error)) throw error
      if (kind === "start") this.#refuse(payload as ChildBegins, error)
    }
  }

  /** While a deploy spreads, an object may still run code that does not know the workflow, or without a binding. */
  #isSkew(kind: FamilyKind, payload: unknown, { code }: BelayError): boolean {
    if (code === "not_configured") return true
    if (kind !== "start" || (code !== "workflow_unknown" && code !== "version_unknown"))
      return false
    const { workflow, version } = (payload as ChildBegins).message
    return this.#parts.registry.find(workflow, version) !== undefined
  }

  #refuse({ listener }: ChildBegins, error: BelayError): void {
    const final = Object.assign(error, { nonRetryable: true })
    Object.defineProperty(final, "stack", { value: undefined })
    this.#parts.refused(listener, { state: "failed", text: encodeThrown(final) })
  }
}

/** Each sending is good for a while: one that lingers on its way does not begin a run that has ended and was deleted. */
function sentNow(message: ChildBegins): ChildBegins {
  return { ...message, notAfterMs: Date.now() + START_VALID_MS }
}
