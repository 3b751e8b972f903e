// Crash findings: what the runs of a sweep tell when they are held against undisturbed ones.
// Owns: the undisturbed runs, and each finding once. Must not touch: words (findings.ts), the sweep itself.

import type { Sighting } from "./body-watch.ts"
import { differenceFrom, type Difference } from "./comparison.ts"
import type { SeenCall } from "./crash-plan.ts"
import type { Divergence, Played, SweepOptions } from "./crash-run.ts"
import {
  differenceFinding,
  divergenceFinding,
  effectFinding,
  sightingFinding,
  type Finding,
} from "./findings.ts"
import { outsideTouch } from "./outside-touch.ts"

/** Undisturbed runs to begin with, and at most, before a difference is believed. */
const REFERENCES = 2
const REFERENCES_MAX = 8

/** Runs that are killed at the same moment before what they came to is blamed on the crash. */
const CONFIRMATIONS = 4

export class Findings {
  readonly #found = new Map<string, Finding>()
  readonly #workflow: string
  readonly #playUndisturbed: () => Promise<Played>
  readonly #references: Played[] = []
  readonly #unjudged: ReadonlySet<string>

  constructor(options: SweepOptions, workflow: string, playUndisturbed: () => Promise<Played>) {
    this.#workflow = workflow
    this.#playUndisturbed = playUndisturbed
    this.#unjudged = new Set([...(options.pure ?? []), ...(options.idempotent ?? [])])
  }

  get all(): readonly Finding[] {
    return [...this.#found.values()]
  }

  /** The first of the undisturbed runs. */
  async begin(): Promise<Played> {
    const first = await this.#another()
    while (this.#references.length < REFERENCES) await this.#another()
    return first
  }

  /**
   * Looks at a run that was killed.
   * @param again kills another at the same moment
   */
  async look(played: Played, again: () => Promise<Played>): Promise<void> {
    const [crash = "not killed"] = played.plan.crashes
    this.#see(played.sightings)
    if (played.divergence !== undefined) return this.#diverged(played.divergence, crash)
    if (!this.#showsEffects(played)) this.#repeated(played.plan.calls, crash)
    await this.#measure("result", played, again, (each) => this.#compared(({ end }) => end, each))
    await this.#measure("effects", played, again, async (each) => {
      const other = await this.#compared(({ effects }) => effects, each)
      return other ?? this.#grownMore(each)
    })
  }

  /** What is other after a crash is believed once it is so every time. */
  async #measure(
    kind: "result" | "effects",
    played: Played,
    again: () => Promise<Played>,
    differenceIn: (played: Played) => Promise<Difference | undefined>,
  ): Promise<void> {
    if (this.#found.has(kind)) return
    const difference = await differenceIn(played)
    if (difference === undefined) return
    for (let time = 0; time < CONFIRMATIONS; time++) {
      if ((await differenceIn(await again())) === undefined) return
    }
    const [crash = "not killed"] = played.plan.crashes
    this.#add(kind, () => differenceFinding(kind, difference, crash))
  }

  async #another(): Promise<Played> {
    const played = await this.#playUndisturbed()
    this.#references.push(played)
    this.#see(played.sightings)
    if (played.divergence !== undefined)
      this.#diverged(played.divergence, "found when its journal was replayed, without any crash")
    return played
  }

  #add(key: string, finding: () => Finding): void {
    if (!this.#found.has(key)) this.#found.set(key, finding())
  }

  #see(sightings: readonly Sighting[]): void {
    for (const sighting of sightings) {
      const key = `${sighting.call} ${sighting.location}`
      this.#add(key, () => sightingFinding(this.#workflow, sighting))
    }
  }

  #diverged(divergence: Divergence, crash: string): void {
    this.#add("divergence", () => divergenceFinding(divergence, crash))
  }

  #showsEffects({ effects, grown }: Played): boolean {
    return effects !== undefined || grown !== undefined
  }

  /** Steps that were called in one life, and again in a later one. */
  #repeated(calls: readonly SeenCall[], crash: string): void {
    for (const [index, call] of calls.entries()) {
      const { name, path } = call
      if (this.#unjudged.has(name) || this.#found.has(`effect ${name}`)) continue
      const again = calls
        .slice(index + 1)
        .find((later) => isSameStep(call, later) && later.life > call.life)
      if (again === undefined || call.usedKey || again.usedKey) continue
      const touch = outsideTouch(call.fn)
      if (touch === undefined) continue
      this.#add(`effect ${name}`, () => effectFinding({ name, path, touch, crash }))
    }
  }

  async #compared(
    valueOf: (played: Played) => unknown,
    played: Played,
  ): Promise<Difference | undefined> {
    for (;;) {
      const references = this.#references.map(valueOf)
      const difference = differenceFrom(references, valueOf(played))
      if (difference === undefined || references.length >= REFERENCES_MAX) return difference
      await this.#another()
    }
  }

  /** Of an outside that is not made anew, only more than ever without a crash is wrong for certain. */
  #grownMore({ grown = new Map<string, number>() }: Played): Difference | undefined {
    for (const [at, much] of grown) {
      const most = Math.max(...this.#references.map((each) => each.grown?.get(at) ?? 0))
      if (much > most) return { at, expected: `${most} more`, found: `${much} more` }
    }
    return undefined
  }
}

function isSameStep(left: SeenCall, right: SeenCall): boolean {
  return left.run === right.run && left.generation === right.generation && left.path === right.path
}
