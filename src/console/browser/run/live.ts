// Live: whether the page goes along with the run, in a word.
// Owns: the indicator. Must not touch: the connection.

import { element, setText } from "../element.ts"

export type Liveness = "connecting" | "live" | "broken" | "over"

const WORDS: Readonly<Record<Liveness, string>> = {
  connecting: "connecting",
  live: "live",
  broken: "no connection, trying again",
  over: "ended",
}

export class LiveMark {
  readonly #words = element("span")
  readonly root = element("span", { class: "live", role: "status" }, element("i"), this.#words)

  show(liveness: Liveness): void {
    this.root.dataset["state"] = liveness
    setText(this.#words, WORDS[liveness])
  }
}
