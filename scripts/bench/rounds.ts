// Rounds: contenders measured in turn, again and again, so that what the machine does meanwhile meets all of them.
// Owns: the order, who sits out, and what becomes of a contender that fails.
//   R1. Each round begins with another contender: who comes right after whom is not always the same.
//   R2. A contender with a limited time gets fewer rounds, and one at least.
//   R3. Behind a time that all share, no further round begins: a busy machine makes for fewer rounds, not for hours.
//   R4. A peer that fails is out, and its figures say why. Belay and the floor must not fail.

import { BELAY, type Figure, type Line, type Reading } from "./figure.ts"

export type FigureHead = Omit<Figure, "lines">

/** What a contender has measured in one round, by the figure's id; in words why there is nothing. */
export type Readings = Readonly<Record<string, number | string>>

export interface Contender {
  readonly name: string
  readonly read: () => Promise<Readings>
  /** Before the first round; it is not measured. */
  readonly warmUp?: () => Promise<unknown>
  /** Its rounds may take so long in all; without it, it is in every round and may not fail. */
  readonly timeMs?: number
}

export interface Rounds {
  readonly figures: readonly FigureHead[]
  readonly contenders: readonly Contender[]
  readonly rounds: number
  /** Contenders that cannot take part: a line for each figure. */
  readonly absent?: readonly Line[]
  /** In ms; the process's clock unless given. */
  readonly now?: () => number
}

const ROUNDS_TIME_MS = 60_000
const ROUNDS_MIN = 2

class Standing {
  readonly contender: Contender
  readonly readings = new Map<string, Reading[]>()
  readonly reasons = new Map<string, string>()
  /** Why it takes part no more. */
  failure: string | undefined
  #spentMs = 0
  #longestMs = 0
  readonly #now: () => number

  constructor(contender: Contender, now: () => number) {
    this.contender = contender
    this.#now = now
  }

  get hasTime(): boolean {
    const { timeMs = Number.POSITIVE_INFINITY } = this.contender
    return this.#spentMs === 0 || this.#spentMs + this.#longestMs <= timeMs
  }

  async read(round: number): Promise<void> {
    const begunMs = this.#now()
    const readings = await this.#trying(() => this.contender.read())
    const spentMs = this.#now() - begunMs
    this.#spentMs += spentMs
    this.#longestMs = Math.max(this.#longestMs, spentMs)
    for (const [id, value] of Object.entries(readings ?? {})) {
      if (typeof value === "string") this.reasons.set(id, value)
      else this.readings.set(id, [...(this.readings.get(id) ?? []), { round, value }])
    }
  }

  async warmUp(): Promise<void> {
    await this.#trying(async () => this.contender.warmUp?.())
  }

  async #trying<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (this.contender.timeMs === undefined) throw error
      this.failure = error instanceof Error ? error.message : String(error)
      return undefined
    }
  }

  line(id: string): Line | undefined {
    const contender = this.contender.name
    const readings = this.readings.get(id) ?? []
    if (readings.length > 0) return { contender, readings }
    const reason = this.reasons.get(id) ?? this.failure
    return reason === undefined ? undefined : { contender, readings, reason }
  }
}

export async function inRounds(plan: Rounds): Promise<Figure[]> {
  const { now = () => performance.now() } = plan
  const standings = plan.contenders.map((contender) => new Standing(contender, now))
  for (const standing of standings) await standing.warmUp()
  const begunMs = now()
  for (let round = 0; round < plan.rounds; round++) {
    if (round >= ROUNDS_MIN && now() - begunMs > ROUNDS_TIME_MS) break
    const first = round % standings.length
    for (const standing of [...standings.slice(first), ...standings.slice(0, first)]) {
      if (standing.failure === undefined && standing.hasTime) await standing.read(round)
    }
  }
  return plan.figures.map((head) => ({
    ...head,
    lines: [
      ...standings.flatMap((standing) => standing.line(head.id) ?? []),
      ...(plan.absent ?? []),
    ],
  }))
}

/** Figures of the same id become one with all their lines, Belay's first. */
export function joined(figures: readonly Figure[]): Figure[] {
  return [...Map.groupBy(figures, ({ id }) => id).values()].flatMap(([first, ...others]) => {
    if (first === undefined) return []
    const lines = [first, ...others].flatMap((figure) => figure.lines)
    const known = lines.filter(
      (line, index) => lines.findIndex(({ contender }) => contender === line.contender) === index,
    )
    return [{ ...first, lines: known.sort((left, right) => rank(left) - rank(right)) }]
  })
}

/** Belay first, all others as they stand. */
function rank({ contender }: Line): number {
  return contender === BELAY ? 0 : 1
}
