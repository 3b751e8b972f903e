// Trace: what has happened, a line for each event, as a rolling hash and, when asked for, as text.
// Owns: both. Two worlds of one seed have the same hash, or something in them is not from the seed.

export class Trace {
  /** All lines; empty unless they are kept. */
  readonly lines: string[] = []
  readonly #isKept: boolean
  #low = 0x811c9dc5
  #high = 0x9e3779b9

  constructor(isKept: boolean) {
    this.#isKept = isKept
  }

  /** Belongs to what happened. */
  line(text: string): void {
    let low = this.#low
    let high = this.#high
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      low = Math.imul(low ^ unit, 0x01000193)
      high = Math.imul(high + unit, 0x85ebca6b) ^ (high >>> 13)
    }
    this.#low = low
    this.#high = high
    if (this.#isKept) this.lines.push(text)
  }

  /** Said beside it, for whoever reads the text. */
  remark(text: string): void {
    if (this.#isKept) this.lines.push(`    ${text}`)
  }

  get hash(): string {
    return hex(this.#high) + hex(this.#low)
  }
}

function hex(bits: number): string {
  return (bits >>> 0).toString(16).padStart(8, "0")
}
