// Case: one halted run in the inbox: why it stands still, what was done before, what can be done now.
// Owns: what is asked when it is opened. Must not touch: the list it stands in.

import { addressOfRun } from "../../place.ts"
import { visibleText } from "../../visible-text.ts"
import { RUN, type Card, type Run } from "../answers.ts"
import { pathTo } from "../api.ts"
import { element, setText } from "../element.ts"
import type { Row } from "../keyed-list.ts"
import { offered } from "../roles.ts"
import { statusShape } from "../status.ts"
import { ageElement } from "../time.ts"
import { untilAnswered } from "../until-answered.ts"
import { valueView } from "../value.ts"
import type { Desk } from "../view.ts"
import { deedList } from "./deed-list.ts"
import { divergenceView } from "./divergence.ts"
import { askPast, deedsOf, type Past } from "./past.ts"
import { HaltVerbs } from "./verbs.ts"

const ADVICE: Readonly<Record<string, string>> = {
  panic:
    "The workflow itself asked for a person. Mend what it says, then retry from the step that gave the wrong value, or skip that step.",
  divergence:
    "The code has changed under the run. Deploy code that fits, then retry; or fork the run with a version that does.",
  workflow_unknown: "Its code is not deployed. Deploy it: the run goes on by itself.",
  version_unknown:
    "This version of its code is not deployed. Deploy it: the run goes on by itself.",
  retries_exhausted:
    "A step was tried as often as it may be. Mend what fails, then retry; or skip it.",
  attempts_lost:
    "A step's attempts vanished a hundred times in a row. Look at what kills the object, then retry; or skip it.",
  store_full:
    "The run stores nearly what an object may hold. Retry from an earlier step, or kill it.",
}

export class Case implements Row<Card> {
  readonly root: HTMLElement
  readonly #desk: Desk
  readonly #id: string
  readonly #details: HTMLDetailsElement
  readonly #since = element("span", { class: "quiet" })
  readonly #reason = element("p", { class: "reason" })
  readonly #body = element("div", { class: "case-body" })
  #changedAt = ""
  #isLoading = false

  /** @param onDone something was done: the list is to be asked again */
  constructor(desk: Desk, card: Card, onDone: () => void) {
    this.#desk = desk
    this.#id = card.id
    this.#details = element(
      "details",
      { class: "panel case" },
      element(
        "summary",
        {},
        element(
          "div",
          { class: "case-head" },
          element("span", { class: "s-halted" }, statusShape("halted")),
          element("h2", { class: "id" }, visibleText(card.id)),
          element("span", { class: "quiet" }, card.workflow),
          this.#since,
        ),
        this.#reason,
      ),
      this.#body,
    )
    this.#details.addEventListener("toggle", () => {
      if (this.#details.open) void this.#load(onDone)
    })
    this.root = element("li", {}, this.#details)
  }

  update(card: Card): void {
    const { problem, changedAt = card.createdAt } = card
    setText(this.#reason, problem === undefined ? "" : problem.message)
    if (changedAt === this.#changedAt) return
    this.#changedAt = changedAt
    this.#since.replaceChildren("halted ", ageElement(changedAt))
  }

  open(): void {
    this.#details.open = true
  }

  async #load(onDone: () => void): Promise<void> {
    if (this.#isLoading) return
    this.#isLoading = true
    const { api, signal } = this.#desk
    const found = await untilAnswered(this.#body, signal, () =>
      Promise.all([
        api.ask(pathTo("v1", "runs", this.#id), RUN, { signal }),
        askPast(api, this.#id, signal),
      ]),
    )
    this.#isLoading = false
    if (found !== undefined) this.#draw(...found, onDone)
  }

  #draw({ error, input }: Run, past: Past, onDone: () => void): void {
    const verbs = new HaltVerbs(this.#desk, this.#id, onDone)
    verbs.show(past)
    const divergence = divergenceView(error?.details)
    this.#body.replaceChildren(
      element(
        "p",
        {},
        ADVICE[error?.code ?? ""] ?? "Look at the run, then decide.",
        " ",
        element("a", { href: addressOfRun(this.#id) }, "Open the run"),
      ),
      ...(divergence === undefined ? [] : [divergence]),
      // A panic has nothing to add to its message.
      ...(divergence === undefined && error?.code !== "panic" && error?.details !== undefined
        ? [valueView(error.details)]
        : []),
      element("h3", {}, "Its input"),
      valueView(input),
      element("h3", {}, "What was done before"),
      deedList(deedsOf(past)),
      ...(past.isCut
        ? [
            element(
              "p",
              { class: "quiet" },
              "The journal is long; the run's own view has all of it.",
            ),
          ]
        : []),
      offered(this.#desk.roles, "operate", "To do something about it", verbs.root),
    )
  }
}
