// Family door: messages of children and parents as they arrive at a run object.
// Owns: what each does here. Every message may come twice, late, or for a life that is over; then it changes nothing.

import type { Registry } from "../../engine/registry.ts"
import { isFinal } from "../../engine/runs.ts"
import type { Outcome } from "../../engine/journal.ts"
import type { OperatorDoor } from "../operator-door.ts"
import type { RunHome } from "../run-home.ts"
import type { ParentLink, RunRow } from "../run-row.ts"
import { newRow, requireSameRun, requireValidInput, requireWorkflow } from "../start.ts"
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
        this.childEnded((message as ChildEnded).to, (message as ChildEnded).outcome)
        return null
      case "status":
        this.#childStatus(message as ChildStatus)
        return null
    }
  }

  /** @throws BelayError as a start from outside does */
  async #begin(id: string, { message, listener }: ChildBegins): Promise<void> {
    const { driver, tables } = this.#home
    if (driver.row === undefined) {
      const workflow = requireWorkflow(this.#registry, message)
      await requireValidInput(workflow, message.inputText)
      // Another start may have come first while the schema was asked.
      if (driver.row === undefined) {
        const row = { ...newRow(id, message, workflow, Date.now()), parent: listener }
        this.#home.requireLimiter(row)
        return driver.create(row, () => tables.family.listen(listener))
      }
    }
    const row = this.#home.enter(id)
    if (row.incarnation !== message.incarnation) requireSameRun(row, message)
    tables.family.listen(listener)
    if (!isFinal(row.status)) return
    tables.family.tellEnd(listener, outcomeOf(row))
    driver.sendOut()
  }

  #stop(id: string, { verb, incarnation, reason, by }: ChildStops): void {
    const { row } = this.#home.driver
    if (row === undefined || row.incarnation !== incarnation || isFinal(row.status)) return
    const action = { by: `run ${by.id}`, reason }
    if (verb === "kill") this.#operator.kill(id, action)
    // One that is halted waits for a person, who sees the parent waiting.
    else if (row.status !== "halted") this.#operator.cancel(id, action)
  }

  childEnded(to: ParentLink, outcome: Outcome): void {
    const row = this.#thatLife(to)
    if (row === undefined) return
    this.#home.enter(row.id)
    const { driver, tables } = this.#home
    if (!tables.family.heardOf(to, outcome)) return
    driver.tell({ type: "child", path: to.path })
  }

  #childStatus({ to, status }: ChildStatus): void {
    if (this.#thatLife(to) === undefined) return
    const { generation, path, attempt } = to
    const shown = status === "halted" ? status : null
    this.#home.tables.family.children.setStatus(generation, path, attempt, shown)
  }

  /** The run, if it is in the life and generation that is meant and has not ended. */
  #thatLife({ incarnation, generation }: ParentLink): RunRow | undefined {
    const { row } = this.#home.driver
    if (row === undefined || row.incarnation !== incarnation || row.generation !== generation)
      return undefined
    return isFinal(row.status) ? undefined : row
  }
}

function outcomeOf({ status, resultText, errorText }: RunRow): Outcome {
  return status === "completed"
    ? { state: status, text: resultText ?? "null" }
    : { state: status as Outcome["state"], text: errorText ?? "null" }
}
