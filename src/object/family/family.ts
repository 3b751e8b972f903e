// Family: what this run tells the runs it has started and those that started it.
// Owns: children, listeners, and the messages that go out. Must not touch: how messages are sent (outbox) and received
// (family-door.ts).
//   F1. Every message is written in the stretch that causes it.
//   F2. What is no longer so is not told: a child's start that has been heard of, the end of a run that was taken up again.

import type { Outcome } from "../../engine/ports/journal.ts"
import type { ChildStart } from "../../engine/ports/ports.ts"
import type { Outbox } from "../outbox/outbox.ts"
import type { ParentLink, RunRow } from "../store/stored-run.ts"
import type { Tables } from "../store/tables.ts"
import type { Tracing } from "../telemetry/tracing.ts"
import { ChildRows } from "./child-rows.ts"
import { ListenerRows } from "./listener-rows.ts"
import {
  isSameLink,
  type ChildBegins,
  type ChildEnded,
  type FamilyKind,
  type FamilyMessages,
} from "./messages.ts"

export class Family {
  readonly children: ChildRows
  readonly #listeners: ListenerRows
  readonly #outbox: Outbox
  readonly #tracing: Tracing

  constructor(tables: Tables, outbox: Outbox, tracing: Tracing) {
    this.children = new ChildRows(tables)
    this.#listeners = new ListenerRows(tables)
    this.#outbox = outbox
    this.#tracing = tracing
  }

  // Downwards.

  startChild(row: RunRow, child: ChildStart): void {
    const { id, incarnation, workflow, inputText, version, startAtMs, deadlineMs, tags } = child
    this.children.add(row.generation, child)
    const listener = linkTo(row, child)
    const trace = this.#tracing.ofChild(row, child.path)
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
      ...(trace === undefined ? {} : { trace }),
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

  /** A person has given its value: nobody waits for it any more. */
  skipChild(row: RunRow, path: string): void {
    const close = this.children.find(row.generation, path)?.close
    if (close === "cancel" || close === "wait") {
      this.#stop(row, path, "cancel", "The run that started it was given a value in its place.")
    }
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
    return this.children.end(generation, path, attempt, outcome)
  }

  /** A child has begun, whatever became of the answer to its start: sent again, it might meet another life of that id. */
  hasBegun(childId: string, link: ParentLink): void {
    this.#outbox.withdraw("start", childId, (payload) =>
      isSameLink((payload as ChildBegins).listener, link),
    )
  }

  // Upwards.

  /** Someone is to be told how this run ends. */
  listen(listener: ParentLink): void {
    this.#listeners.add(listener)
  }

  /** @returns whether it was to be told. */
  unlisten(listener: ParentLink): boolean {
    return this.#listeners.remove(listener)
  }

  /** @param from the run's own id */
  ended(from: string, outcome: Outcome): void {
    for (const to of this.#listeners.all()) this.tellEnd(from, to, outcome)
  }

  tellEnd(from: string, to: ParentLink, outcome: Outcome): void {
    this.#tell("ended", to.id, { to, from, outcome })
  }

  /** Whether the end is on its way to this one, be it the end of a life that is over. */
  isTellingEnd(to: ParentLink): boolean {
    return this.#outbox.has("ended", to.id, isEndFor(to))
  }

  status(status: "halted" | "running"): void {
    for (const to of this.#listeners.all()) this.#tell("status", to.id, { to, status })
  }

  /** A person took the run up again: who has not heard of its end does not hear of it. */
  takenUp(): void {
    for (const to of this.#listeners.all()) this.#outbox.withdraw("ended", to.id, isEndFor(to))
    this.status("running")
  }

  #tell<K extends FamilyKind>(kind: K, target: string, message: FamilyMessages[K]): void {
    this.#outbox.add(kind, target, message)
  }
}

function isEndFor(link: ParentLink): (payload: unknown) => boolean {
  return (payload) => isSameLink((payload as ChildEnded).to, link)
}

function linkTo(
  { id, incarnation, generation }: RunRow,
  { path, attempt }: Pick<ChildStart, "path" | "attempt">,
): ParentLink {
  return { id, incarnation, generation, path, attempt }
}
