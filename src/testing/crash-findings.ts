// Crash findings: what the runs of a sweep tell when they are held against undisturbed ones.
// Owns: the undisturbed runs, and each finding once. Must not touch: words (findings.ts), the sweep itself.

import { reorderingOf, type Reordering } from "./arrivals.ts"
import type { Sighting } from "./body-watch.ts"
import { differenceFrom, inAnyOrder, type Difference } from "./comparison.ts"
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
    await this.#measure("result", played, again, async (each) =>
      this.#reordering(each) === undefined ? this.#compared(({ end }) => end, each) : undefined,
    )
    await this.#measure("effects", played, again, (each) => this.#otherEffects(each))
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

  #reordering({ arrivals }: Played): Reordering {
    return reorderingOf(
      this.#references.map((each) => each.arrivals),
      arrivals,
    )
  }

  /** Effects that came in another order are as many; whoever else has won may do something else. */
  async #otherEffects(played: Played): Promise<Difference | undefined> {
    const reordering = this.#reordering(played)
    if (reordering === "winner") return undefined
    if (played.effects === undefined || reordering === "order") return this.#grownMore(played)
    const difference = await this.#compared(({ effects }) => effects, played)
    if (difference === undefined) return undefined
    // The order in which steps at work at once touch the outside is nobody's promise either.
    const other = await this.#compared(({ effects }) => inAnyOrder(effects), played)
    return other === undefined ? undefined : difference
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

  /**
   * Only more than ever without a crash is wrong for certain, or less where it goes down. The first run of all may do
   * what those after it find done, so it is no measure.
   */
  async #grownMore({ grown = new Map<string, number>() }: Played): Promise<Difference | undefined> {
    for (;;) {
      const references = this.#references.slice(1).map((each) => each.grown)
      const difference = growthBeyond(references, grown)
      if (difference === undefined || this.#references.length >= REFERENCES_MAX) return difference
      await this.#another()
    }
  }
}

function growthBeyond(
  references: readonly Played["grown"][],
  grown: ReadonlyMap<string, number>,
): Difference | undefined {
  for (const [at, much] of grown) {
    const known = references.map((each) => each?.get(at) ?? 0)
    const bound = much > 0 ? Math.max(...known, 0) : Math.min(...known, 0)
    if (Math.abs(much) > Math.abs(bound)) return { at, expected: words(bound), found: words(much) }
  }
  return undefined
}

function words(much: number): string {
  return much < 0 ? `${-much} less` : `${much} more`
}

function isSameStep(left: SeenCall, right: SeenCall): boolean {
  return left.run === right.run && left.generation === right.generation && left.path === right.path
}
