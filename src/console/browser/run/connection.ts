// Connection: whether the server answers: a word beside the timeline while the events come in, and a line above everything
// while nothing is answered at all.
// Owns: the line, and what cannot be pressed meanwhile. Must not touch: who asks, and when again.
//   N1. A stream that breaks is no more than a word: the run's object may have been taken away. Only a question without an
//       answer says that the server is away.

import { element } from "../element.ts"
import type { LiveMark } from "./live.ts"

export class Connection {
  readonly line = element("div", { class: "away-line", role: "alert" })
  readonly #root: HTMLElement
  readonly #live: LiveMark
  #isAway = false
  #hasStream = false

  /** @param root of the view: what is in it is as old as the last answer */
  constructor(root: HTMLElement, live: LiveMark) {
    this.#root = root
    this.#live = live
  }

  /** The events: do they come in? */
  streams(isThere: boolean): void {
    this.#hasStream = isThere
    this.#live.show(isThere && !this.#isAway ? "live" : "broken")
  }

  ended(): void {
    this.#hasStream = true
    this.#live.show("over")
  }

  lost(message: string): void {
    if (this.#isAway) return
    this.#isAway = true
    this.#live.show("broken")
    this.line.replaceChildren(
      element("strong", {}, "No connection."),
      ` ${message} What is shown is from before; it goes on by itself as soon as there is an answer.`,
    )
    this.#disable(true)
  }

  /** @param isOver nothing is streamed any more */
  answered(isOver: boolean): void {
    if (!this.#isAway) return
    this.#isAway = false
    this.line.replaceChildren()
    this.#live.show(isOver ? "over" : this.#hasStream ? "live" : "connecting")
    this.#disable(false)
  }

  #disable(isAway: boolean): void {
    this.#root.classList.toggle("is-away", isAway)
    for (const each of this.#root.querySelectorAll<HTMLButtonElement>(".buttons button")) {
      each.disabled = isAway
    }
  }
}
