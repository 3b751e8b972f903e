// Lives: an instance runs in its own life only, what its dead code still does reaches nothing, and a new life runs the
// code that is live (platform facts A4).

import type { Application, Play, Workload, World } from "../words.ts"
import { ask, FactObject, requireFact, STORM } from "./fact-object.ts"

const ACTS = 40
/** Every so many acts the object ends its life by itself. */
const ACTS_PER_END = 8
const VERSIONS = 3

class Lives implements Play {
  readonly versions: readonly Application[]
  readonly services = { OUTSIDE: () => null }
  readonly without = ["diskFull"] as const
  readonly calmAtMs = STORM.calmAtMs
  readonly endAtMs = STORM.endAtMs
  readonly #world: World
  #ends = 0
  #version = 0

  constructor(world: World) {
    this.#world = world
    this.versions = Array.from({ length: VERSIONS }, (_, version) => this.#application(version))
  }

  #application(version: number): Application {
    const begins = (life: number | undefined) => {
      requireFact(version >= this.#version, "A new life runs older code than the one before.")
      this.#version = version
      return life
    }
    const world = this.#world
    class Counter extends FactObject {
      readonly #life = begins(world.running?.life)

      /** Answers, and goes on long after that. */
      async count(): Promise<null> {
        void this.#goOn()
        return null
      }

      /** What it writes afterwards is written by nobody. */
      async end(): Promise<void> {
        try {
          this.state.abort("on purpose")
        } finally {
          this.insert(-1)
        }
        await Promise.resolve()
        this.insert(-2)
      }

      async #goOn(): Promise<void> {
        for (let round = 0; round < 5; round++) {
          await new Promise((resolve) => setTimeout(resolve, 300))
          this.#requireOwnLife()
          this.insert(round)
          await this.bindings.OUTSIDE.call(round).catch(() => undefined)
          this.#requireOwnLife()
        }
      }

      #requireOwnLife(): void {
        if (world.running === undefined) return
        requireFact(world.running.life === this.#life, "An instance runs in another's life.")
      }
    }
    return { OBJECTS: Counter }
  }

  describe(): string {
    return `an object is called ${ACTS} times, and ends itself now and then`
  }

  begin(): void {
    for (let at = 1; at <= ACTS; at++) {
      const method = at % ACTS_PER_END === 0 ? "end" : "count"
      this.#world.act(method, at * 1_000, async () => {
        const answer = await ask(this.#world, method)
        if (method !== "end") return
        if ("value" in answer) throw new Error("An object that has ended itself has answered.")
        this.#ends++
      })
    }
  }

  committed(): void {
    const object = this.#world.object("OBJECTS", "one")
    if (object === undefined || !object.has("numbers")) return
    const ghosts = object.rows("SELECT n FROM numbers WHERE n < 0")
    requireFact(ghosts.length === 0, "A dead instance has written.")
  }

  atEnd(): void {
    requireFact(this.#ends === ACTS / ACTS_PER_END, `Only ${this.#ends} calls of end() came back.`)
    requireFact((this.#world.object("OBJECTS", "one")?.lives ?? 0) > 1, "There was one life only.")
  }
}

export const lives: Workload = { name: "lives", weight: 1, play: (world) => new Lives(world) }
