// Shortening: a failing history is made as short as it can be made: fewer faults, fewer events, a smaller story.
// Owns: the search. It knows nothing but three lists of answers, in which 0 is the simplest (recorded-choices.ts).
//   H1. What comes out fails in the same way: the first line of what is found is the same, numbers aside.

import { kindOfFinding } from "./finding-kind.ts"
import type { Played } from "./seed-run.ts"
import type { Script } from "./simulated-world.ts"

export interface ShorteningParts {
  readonly play: (script: Script) => Promise<Played>
  /** Whether there is no more time for it. */
  readonly isOver: () => boolean
}

const STREAMS = ["faults", "timing", "story"] as const satisfies readonly (keyof Script)[]

type Stream = (typeof STREAMS)[number]

export class Shortening {
  /** The shortest so far. */
  best: Played
  readonly #parts: ShorteningParts
  readonly #kind: string

  constructor(failed: Played, parts: ShorteningParts) {
    this.best = failed
    this.#parts = parts
    this.#kind = kindOfFinding(failed.finding)
  }

  async run(): Promise<Played> {
    for (let size = Infinity; sizeOf(this.best.script) < size && !this.#parts.isOver();) {
      size = sizeOf(this.best.script)
      for (const stream of STREAMS) await this.#shorten(stream)
    }
    return this.best
  }

  async #shorten(stream: Stream): Promise<void> {
    await this.#try(stream, [])
    for (let length = this.#answers(stream).length; length >= 1; length = Math.floor(length / 2)) {
      await this.#inPieces(stream, length, (piece) => piece.map(() => 0))
      // What a story draws is a tree: taken out in the middle, the rest moves up.
      if (stream === "story") await this.#inPieces(stream, length, () => [])
    }
    await this.#inPieces(stream, 1, ([answer = 0]) => [Math.floor(answer / 2)])
  }

  /** Replaces one piece after the other, from the end. */
  async #inPieces(
    stream: Stream,
    length: number,
    replace: (piece: readonly number[]) => readonly number[],
  ): Promise<void> {
    for (let end = this.#answers(stream).length; end > 0 && !this.#parts.isOver(); end -= length) {
      const answers = this.#answers(stream)
      const start = Math.max(0, end - length)
      const piece = answers.slice(start, end)
      if (!piece.some((answer) => answer !== 0) && stream !== "story") continue
      await this.#try(stream, [
        ...answers.slice(0, start),
        ...replace(piece),
        ...answers.slice(end),
      ])
    }
  }

  #answers(stream: Stream): readonly number[] {
    return this.best.script[stream]
  }

  async #try(stream: Stream, answers: readonly number[]): Promise<void> {
    if (this.#parts.isOver()) return
    const script = { ...this.best.script, [stream]: trimmed(answers) }
    if (sizeOf(script) >= sizeOf(this.best.script)) return
    const played = await this.#parts.play(script)
    if (kindOfFinding(played.finding) !== this.#kind) return
    this.best = {
      ...played,
      script: sizeOf(played.script) < sizeOf(script) ? played.script : script,
    }
  }
}

/** Zeros at the end are what comes anyway. */
function trimmed(answers: readonly number[]): readonly number[] {
  return answers.slice(0, answers.findLastIndex((answer) => answer !== 0) + 1)
}

/** Answers that are not the simplest count most, then how great they are. */
function sizeOf({ story, faults, timing }: Script): number {
  let size = story.length
  for (const answers of [story, faults, timing]) {
    for (const answer of answers) if (answer !== 0) size += 10 + Math.log2(answer)
  }
  return size
}
