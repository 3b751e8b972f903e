// Example first: what must be there before a workflow's example can succeed, and the requests that make it.
// Owns: the checkbox, on while the input is the example's own. Must not touch: the start itself.
//   E1. What is made twice is there once: the server says which requests are like that, and no others are made here.

import * as v from "valibot"
import type { Api } from "../api.ts"
import { element } from "../element.ts"
import type { Workflow } from "./workflows.ts"

export class ExampleFirst {
  readonly root = element("div", { class: "note example-first" })
  readonly #box = element("input", { type: "checkbox", name: "first" })
  #requests: NonNullable<Workflow["exampleRequests"]> = []
  /** A person has chosen; what is typed into the input changes nothing any more. */
  #isChosen = false

  constructor() {
    this.#box.addEventListener("change", () => (this.#isChosen = true))
  }

  /** Another example stands in the form. */
  show({ exampleNeeds, exampleRequests = [] }: Workflow): void {
    this.#requests = exampleRequests
    this.#isChosen = false
    this.#box.checked = exampleRequests.length > 0
    this.root.hidden = exampleNeeds === undefined
    this.root.replaceChildren(
      element("p", {}, element("strong", {}, "The example needs: "), exampleNeeds),
      ...(exampleRequests.length === 0
        ? []
        : [
            element("label", { class: "choice-label" }, this.#box, "Make that first"),
            element(
              "ul",
              { class: "requests quiet" },
              ...exampleRequests.map((request) =>
                element("li", {}, element("code", {}, textOf(request))),
              ),
            ),
          ]),
    )
  }

  /** @param isExample whether the input is still the example's */
  follow(isExample: boolean): void {
    if (!this.#isChosen) this.#box.checked = isExample && this.#requests.length > 0
  }

  /** Makes it, if that is wanted. @throws ApiError, or what the signal aborts with */
  async perform(api: Api, signal: AbortSignal): Promise<void> {
    if (!this.#box.checked) return
    for (const { method, path, body } of this.#requests) {
      await api.ask(path, v.unknown(), { method, body, signal })
    }
  }
}

function textOf({ method, path, body }: NonNullable<Workflow["exampleRequests"]>[number]): string {
  return `${method} ${path}${body === undefined ? "" : ` ${JSON.stringify(body)}`}`
}
