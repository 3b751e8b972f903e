// Family: what this run tells the runs it has started and those that started it.
// Owns: children, listeners, and the messages that go out. Must not touch: how messages are sent (outbox) and received
// (family-door.ts).
//   F1. Every message is written in the stretch that causes it.
//   F2. What is no longer so is not told: a child's start that has been heard of, the end of a run that was taken up again.

import type { Outcome } from "../../engine/journal.ts"
import type { ChildStart } from "../../engine/ports.ts"
import type { Outbox } from "../outbox/outbox.ts"
import type { ParentLink, RunRow } from "../run-row.ts"
import type { Tables } from "../tables.ts"
import { ChildRows } from "./child-rows.ts"
import { ListenerRows } from "./listener-rows.ts"
import type { FamilyKind, FamilyMessages } from "./messages.ts"

export class Family {
  readonly children: ChildRows
  readonly #listeners: ListenerRows
  readonly #outbox: Outbox

  constructor(tables: Tables, outbox: Outbox) {
    this.children = new ChildRows(tables)
    this.#listeners = new ListenerRows(tables)
    this.#outbox = outbox
  }

  // Downwards.

  startChild(row: RunRow, child: ChildStart): void {
    const { id, incarnation, workflow, inputText, version, startAtMs, deadlineMs, tags } = child
    this.children.add(row.generation, child)
    const listener = linkTo(row, child)
    const message = {
      workflow,
      inputText,
      incarnation,
      key: incarnation,
      waitMs: 0,
      ...(version === undefined ? {} : { version }),
      ...(startAtMs === undefined ? {} : { startAtMs }),
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
      ...(tags === undefined ? {} : { tags }),
    }
    this.#tell("start", id, { message, listener })
  }

  stopChild(row: RunRow, path: string, reason: string): void {
    this.#stop(row, path, "cancel", reason)
  }

  /** The journal was cut back to before its beginning. */
  forgetChild(row: RunRow, path: string): void {
    this.#stop(row, path, "cancel", "The run that started it was taken back to before it.")
    this.children.drop(row.generation, path)
  }

  /** The journal was cut back to before its end, which lies ready again. */
  putBackChild(
    row: RunRow,
    child: Pick<ChildStart, "path" | "attempt" | "id" | "workflow">,
    outcome: Outcome,
  ): void {
    // It has ended: nothing will be sent to it any more, so its life and its policy say nothing.
    this.children.add(row.generation, { ...child, incarnation: "", close: "abandon" })
    this.children.end(row.generation, child.path, child.attempt, outcome)
  }

  /** Kill stops the whole tree (check 45): all but those that were meant to live on alone. */
  killChildren(row: RunRow, reason: string): void {
    for (const { path, close } of this.children.underWay(row.generation)) {
      if (close === "cancel" || close === "wait") this.#stop(row, path, "kill", reason)
    }
  }

  #stop(row: RunRow, path: string, verb: "cancel" | "kill", reason: string): void {
    const child = this.children.find(row.generation, path)
    if (child === undefined) return
    const { id, incarnation } = child
    this.#tell("stop", id, { verb, incarnation, reason, by: linkTo(row, child) })
  }

  /** A child has told its end. @returns whether anybody may wait for it */
  heardOf({ generation, path, attempt }: ParentLink, outcome: Outcome): boolean {
    const child = this.children.find(generation, path)
    if (child === undefined || !this.children.end(generation, path, attempt, outcome)) return false
    // It has begun, whatever became of the answer to its start.
    this.#outbox.withdraw("start", child.id)
    return true
  }

  // Upwards.

  /** Someone is to be told how this run ends. */
  listen(listener: ParentLink): void {
    this.#listeners.add(listener)
  }

  ended(outcome: Outcome): void {
    for (const to of this.#listeners.all()) this.tellEnd(to, outcome)
  }

  tellEnd(to: ParentLink, outcome: Outcome): void {
    this.#tell("ended", to.id, { to, outcome })
  }

  status(status: "halted" | "running"): void {
    for (const to of this.#listeners.all()) this.#tell("status", to.id, { to, status })
  }

  /** A person took the run up again: who has not heard of its end does not hear of it. */
  takenUp(): void {
    this.#outbox.withdraw("ended")
    this.status("running")
  }

  #tell<K extends FamilyKind>(kind: K, target: string, message: FamilyMessages[K]): void {
    this.#outbox.add(kind, target, message)
  }
}

function linkTo(
  { id, incarnation, generation }: RunRow,
  { path, attempt }: Pick<ChildStart, "path" | "attempt">,
): ParentLink {
  return { id, incarnation, generation, path, attempt }
}
