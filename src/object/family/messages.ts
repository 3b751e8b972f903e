// Family messages: what a run and the runs it has started tell each other through their outboxes.
// Owns: the shapes. They are JSON, and older senders may meet newer receivers: fields are only added.

import type { Outcome } from "../../engine/ports/journal.ts"
import type { ParentLink } from "../store/stored-run.ts"
import type { StartMessage } from "../doors/start.ts"

/** How long a start is good after it was sent: far longer than a call may take and clocks may differ. */
export const START_VALID_MS = 5 * 60 * 1000

/** Parent to child: begin. A child that is there already is joined. */
export interface ChildBegins {
  readonly message: StartMessage
  /** This sending of it begins nothing after this instant; older senders do not say. */
  readonly notAfterMs?: number
  /** Who is told how it ends. */
  readonly listener: ParentLink
}

/** Parent to child: end. */
export interface ChildStops {
  readonly verb: "cancel" | "kill"
  /** The life of the child that is meant: a run that was only joined is not ended by others. */
  readonly incarnation: string
  readonly reason: string
  readonly by: ParentLink
}

/** Child to parent: how it ended. */
export interface ChildEnded {
  readonly to: ParentLink
  /** Run id of the child; older senders do not say. */
  readonly from?: string
  readonly outcome: Outcome
}

/** Child to parent: it stands still until a person looks, or goes on again. */
export interface ChildStatus {
  readonly to: ParentLink
  readonly status: "halted" | "running"
}

export interface FamilyMessages {
  readonly start: ChildBegins
  readonly stop: ChildStops
  readonly ended: ChildEnded
  readonly status: ChildStatus
}

export type FamilyKind = keyof FamilyMessages

export function isSameLink(left: ParentLink, right: ParentLink): boolean {
  return (
    left.id === right.id &&
    left.incarnation === right.incarnation &&
    left.generation === right.generation &&
    left.path === right.path &&
    left.attempt === right.attempt
  )
}

const KINDS: ReadonlySet<string> = new Set<FamilyKind>(["start", "stop", "ended", "status"])

export function isFamilyKind(kind: string): kind is FamilyKind {
  return KINDS.has(kind)
}
