// Recorded choices: one stream of chance, drawn from a seed and written down, or read again from a list.
// Owns: the stream. Must not touch: what is decided with it.
//   C1. The same seed gives the same answers; a list gives its answers in their order, and then 0 for ever.
//   C2. 0 is the simplest answer, so that a list with more zeros, or a shorter one, is a simpler history.

import type { Choices } from "../words.ts"

export class RecordedChoices implements Choices {
  /** Every answer so far. */
  readonly answers: number[] = []
  readonly #script: readonly number[] | undefined
  #at = 0
  #state: number

  /** @param script answers to give again; without it they are drawn from the seed. */
  constructor(seed: number, script?: readonly number[]) {
    this.#state = mixed(seed)
    this.#script = script
  }

  upTo(max: number): number {
    if (max <= 0) return 0
    if (this.#script !== undefined) return this.#answer(Math.min(this.#next(), max))
    return this.#answer(Math.floor(this.#random() * (max + 1)))
  }

  between(min: number, max: number): number {
    return min + this.upTo(max - min)
  }

  chance(probability: number): boolean {
    if (probability <= 0) return false
    if (this.#script !== undefined) return this.#answer(this.#next() === 0 ? 0 : 1) === 1
    return this.#answer(this.#random() < probability ? 1 : 0) === 1
  }

  oneOf<T>(items: readonly T[]): T {
    const at = this.upTo(items.length - 1)
    if (at >= items.length) throw new Error("There is nothing to choose from.")
    return items[at] as T
  }

  #next(): number {
    return this.#script?.[this.#at++] ?? 0
  }

  #answer(answer: number): number {
    this.answers.push(answer)
    return answer
  }

  /** From 0 to below 1. */
  #random(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    return mixed(this.#state) / 2 ** 32
  }
}

function mixed(seed: number): number {
  let bits = Math.imul(seed ^ (seed >>> 16), 0x21f0aaad)
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97)
  return (bits ^ (bits >>> 15)) >>> 0
}
