// Crash findings: what the runs of a sweep tell when they are held against undisturbed ones.
// Owns: the undisturbed runs, and each finding once. Must not touch: words (findings.ts), the sweep itself.

import type { Sighting } from "./body-watch.ts"
import { differenceFrom, type Difference } from "./comparison.ts"
import type { SeenCall } from "./crash-plan.ts"
import type { Divergence, Played, SweepOptions } from "./crash-run.ts"
import { divergenceFinding, effectFinding, sightingFinding, type Finding } from "./findings.ts"
import { outsideTouch } from "./outside-touch.ts"

/** Undisturbed runs to begin with, and at most, before a difference is believed. */
const REFERENCES = 2
const REFERENCES_MAX = 8

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

  /** Looks at a run that was killed. */
  async look(played: Played): Promise<void> {
    const [crash = "not killed"] = played.plan.crashes
    this.#see(played.sightings)
    if (played.divergence !== undefined) return this.#diverged(played.divergence, crash)
    if (!this.#showsEffects(played)) this.#repeated(played.plan.calls, crash)
    await this.#compare(crash, "result", ({ end }) => end, played)
    await this.#compare(crash, "effects", ({ effects }) => effects, played)
    await this.#grown(played, crash)
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

  async #compare(
    crash: string,
    kind: "result" | "effects",
    valueOf: (played: Played) => unknown,
    played: Played,
  ): Promise<void> {
    if (this.#found.has(kind)) return
    for (;;) {
      const references = this.#references.map(valueOf)
      const difference = differenceFrom(references, valueOf(played))
      if (difference === undefined) return
      if (references.length >= REFERENCES_MAX) return this.#differs(kind, difference, crash)
      await this.#another()
    }
  }

  #differs(kind: "result" | "effects", { at, expected, found }: Difference, crash: string): void {
    const what =
      kind === "result"
        ? "the run ends otherwise when it is killed"
        : "the outside is another when the run is killed"
    const advice =
      kind === "result"
        ? "What a workflow returns may depend on its input, its steps' results and what it is sent, and on nothing else."
        : "A step that was interrupted is called again: hand ctx.idempotencyKey to whoever is called, who keeps it beside the effect."
    this.#add(kind, () => ({
      kind,
      crash,
      expected,
      found,
      message: `${kind}: ${what}: ${at === "" ? "" : `at ${at} `}expected ${shown(expected)}, found ${shown(found)}.\n   ${crash}\n   ${advice}`,
    }))
  }

  /** Of an outside that is not made anew, only more than ever without a crash is wrong for certain. */
  async #grown({ grown }: Played, crash: string): Promise<void> {
    if (grown === undefined) return
    for (const [at, much] of grown) {
      const most = Math.max(...this.#references.map((each) => each.grown?.get(at) ?? 0))
      if (much <= most) continue
      this.#differs("effects", { at, expected: `${most} more`, found: `${much} more` }, crash)
    }
  }
}

function isSameStep(left: SeenCall, right: SeenCall): boolean {
  return left.run === right.run && left.generation === right.generation && left.path === right.path
}

const SHOWN_LENGTH_MAX = 300

function shown(value: unknown): string {
  const text =
    value instanceof Error ? `${value.name}: ${value.message}` : (json(value) ?? String(value))
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text
}

function json(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_, part: unknown) => {
      if (typeof part === "bigint") return String(part)
      return part instanceof Map || part instanceof Set ? [...part] : part
    })
  } catch {
    // A cycle, for example: the plain text has to do.
    return undefined
  }
}
