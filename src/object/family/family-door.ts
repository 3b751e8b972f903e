// Family door: messages of children and parents as they arrive at a run object.
// Owns: what each does here. Every message may come twice, late, or for a life that is over; then it changes nothing.

import type { Registry } from "../../engine/workflow/registry.ts"
import { BelayError } from "../../engine/errors.ts"
import type { Outcome } from "../../engine/ports/journal.ts"
import { cancelledOutcome } from "../../engine/machine/outcomes.ts"
import { isFinal } from "../../engine/ports/runs.ts"
import type { OperatorDoor } from "../doors/operator-door.ts"
import { isForMissingCode } from "../driver/run-ends.ts"
import type { RunHome } from "../run/run-home.ts"
import type { ParentLink, RunRow } from "../store/stored-run.ts"
import { newRow, requireSameRun, requireValidInput, requireWorkflow } from "../doors/start.ts"
import type {
  ChildBegins,
  ChildEnded,
  ChildStatus,
  ChildStops,
  FamilyKind,
  FamilyMessages,
} from "./messages.ts"

export class FamilyDoor {
  readonly #home: RunHome
  readonly #operator: OperatorDoor
  readonly #registry: Registry

  constructor(home: RunHome, operator: OperatorDoor, registry: Registry) {
    this.#home = home
    this.#operator = operator
    this.#registry = registry
  }

  async deliver(id: string, kind: FamilyKind, payload: unknown): Promise<null> {
    const message = payload as FamilyMessages[typeof kind]
    switch (kind) {
      case "start":
        await this.#begin(id, message as ChildBegins)
        return null
      case "stop":
        this.#stop(id, message as ChildStops)
        return null
      case "ended":
        this.#end(message as ChildEnded)
        return null
      case "status":
        this.#childStatus(message as ChildStatus)
        return null
      default:
        // Newer code has sent it: not acknowledged it comes again, and some day this object runs that code, too.
        throw new Error(`This object knows no message of the kind "${String(kind)}" yet.`)
    }
  }

  /** @throws BelayError as a start from outside does, Error when it comes too late to be believed */
  async #begin(id: string, { message, listener, notAfterMs }: ChildBegins): Promise<void> {
    if (this.#isOver(listener)) return
    if (this.#home.standing() === undefined) {
      if (Date.now() > (notAfterMs ?? Infinity)) {
        throw new Error(
          `A start of run "${id}" was too long on its way; it is sent again if it is still meant.`,
        )
      }
      const workflow = requireWorkflow(this.#registry, message)
      await requireValidInput(workflow, message.inputText)
      // Another start may have come first while the schema was asked; perhaps its run is even gone again.
      if (this.#isOver(listener)) return
      if (this.#home.standing() === undefined) {
        const row = { ...newRow(id, message, workflow, Date.now()), parent: listener }
        this.#home.requireLimiter(row)
        const { driver, tables } = this.#home
        return driver.create(row, () => tables.family.listen(listener), false)
      }
    }
    this.#join(this.#home.enter(id), { message, listener })
  }

  /** It was here before: it has ended, perhaps it is deleted, and that is what its parent has heard or is about to. */
  #isOver(listener: ParentLink): boolean {
    return this.#home.tables.family.isTellingEnd(listener) || this.#home.gone.has(listener)
  }

  #join(row: RunRow, { message, listener }: ChildBegins): void {
    const { driver, tables } = this.#home
    if (row.incarnation !== message.incarnation) requireSameRun(row, message)
    if (row.id === listener.id && row.incarnation === listener.incarnation) {
      throw new BelayError(
        "run_conflict",
        `Run "${row.id}" cannot wait for its own end; give the child another id.`,
      )
    }
    tables.family.listen(listener)
    if (!isFinal(row.status)) return
    tables.family.tellEnd(row.id, listener, outcomeOf(row))
    driver.sendOut()
  }

  #stop(id: string, { verb, incarnation, reason, by }: ChildStops): void {
    const { row } = this.#home.driver
    if (row === undefined || isFinal(row.status)) return
    if (row.incarnation !== incarnation) return this.#leave(row, by, reason)
    const action = { by: `run ${by.id}`, reason }
    if (verb === "kill") return void this.#operator.kill(id, action)
    const { status, halt } = this.#home.enter(id)
    if (isForMissingCode(halt)) this.#home.driver.control.cancel(action)
    // One that is halted waits for a person, who sees the parent waiting.
    else if (!isFinal(status) && status !== "halted") this.#operator.cancel(id, action)
  }

  /** Who has only joined this run does not end it, and waits for it no longer. */
  #leave(row: RunRow, listener: ParentLink, reason: string): void {
    const { driver, tables } = this.#home
    if (!tables.family.unlisten(listener)) return
    const outcome = cancelledOutcome({ state: "cancelled", message: reason })
    tables.family.tellEnd(row.id, listener, outcome)
    driver.sendOut()
  }

  #end({ to, from, outcome }: ChildEnded): void {
    if (from !== undefined) {
      this.#home.tables.family.hasBegun(from, to)
      // Of a run that is gone this may have been the last message.
      if (this.#home.driver.row === undefined) this.#home.driver.sendOut()
    }
    this.childEnded(to, outcome)
  }

  childEnded(to: ParentLink, outcome: Outcome): void {
    const row = this.#thatLife(to)
    if (row === undefined) return
    // A failed run may be taken up again, and then asks for it.
    if (isFinal(row.status) && row.status !== "failed") return
    this.#home.enter(row.id)
    const { driver, tables } = this.#home
    if (!tables.family.heardOf(to, outcome)) return
    driver.tell({ type: "child", path: to.path })
  }

  #childStatus({ to, status }: ChildStatus): void {
    const row = this.#thatLife(to)
    if (row === undefined || isFinal(row.status)) return
    const { generation, path, attempt } = to
    const shown = status === "halted" ? status : null
    this.#home.tables.family.children.setStatus(generation, path, attempt, shown)
  }

  /** The run, if it is in the life and generation that is meant. */
  #thatLife({ incarnation, generation }: ParentLink): RunRow | undefined {
    const { row } = this.#home.driver
    return row?.incarnation === incarnation && row.generation === generation ? row : undefined
  }
}

function outcomeOf({ status, resultText, errorText }: RunRow): Outcome {
  return status === "completed"
    ? { state: status, text: resultText ?? "null" }
    : { state: status as Outcome["state"], text: errorText ?? "null" }
}
