// Playing: worlds played one after the other, each in a task of the event loop of its own.
// Owns: what the process itself notices: a rejection that nobody caught belongs to the world it came from.

import { inspect } from "node:util"
import { playSeed, type Played, type PlayOptions } from "./seed-run.ts"

export class Playing {
  #unhandled: unknown[] = []

  constructor() {
    process.on("unhandledRejection", (reason) => this.#unhandled.push(reason))
  }

  play(seed: number, options: PlayOptions = {}): Promise<Played> {
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        try {
          const played = playSeed(seed, options)
          // What nobody caught is said before the next task begins.
          setImmediate(() => resolve(this.#withUnhandled(played)))
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      })
    })
  }

  #withUnhandled(played: Played): Played {
    const [first] = this.#unhandled
    this.#unhandled = []
    if (first === undefined || played.finding !== undefined) return played
    const said = first instanceof Error ? (first.stack ?? first.message) : inspect(first)
    return { ...played, finding: `A rejection that nobody caught: ${said}` }
  }
}
