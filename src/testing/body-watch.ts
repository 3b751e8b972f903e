// Body watch: what a workflow's body asks of the world behind the engine's back: the clock, chance, the network.
// Owns: standing in for these globals while a generator is advanced, and what was seen. Must not touch: steps, whose
// clock and chance are their own affair.
//   B1. The globals are exchanged for the length of one advance, which is synchronous, so nothing else ever meets them:
//       no step, no other run, no test beside it.
//   B2. What the body is given differs from life to life, so that whatever hangs on it comes out otherwise on a replay.

export interface Sighting {
  readonly kind: "clock" | "random" | "call"
  /** As it is written: "Date.now()". */
  readonly call: string
  /** The line that asked, as far as the runtime tells. */
  readonly location: string | undefined
}

const HOUR_MS = 3_600_000
/** What the clock is off by in each life: the next millisecond, hour, weekday, month. */
export const SHIFTS_MS: readonly number[] = [
  0,
  1,
  HOUR_MS + 3,
  13 * HOUR_MS + 60_007,
  24 * HOUR_MS + 1_001,
  3 * 24 * HOUR_MS + 2,
  45 * 24 * HOUR_MS + 999,
]

type Anything = (...input: unknown[]) => unknown
type Body = Generator<unknown, unknown, unknown>

const construct = Reflect.construct as (...input: Parameters<typeof Reflect.construct>) => object

interface Exchanged {
  readonly owner: object
  readonly key: string
  readonly before: PropertyDescriptor | undefined
}

export class BodyWatch {
  readonly sightings: Sighting[] = []
  readonly #nowMs: () => number
  readonly #isShifting: boolean
  #life: number
  #depth = 0
  #exchanged: Exchanged[] = []

  /**
   * @param nowMs the clock that the body is shown
   * @param isShifting whether clock and chance differ from life to life
   * @param life the first one's number
   */
  constructor(nowMs: () => number, isShifting: boolean, life = 0) {
    this.#nowMs = nowMs
    this.#life = life
    this.#isShifting = isShifting
  }

  /** From now on clock and chance are others. */
  nextLife(): void {
    this.#life++
  }

  /** The generator that this makes, watched while it is advanced. */
  around(make: () => Body): Iterable<unknown, unknown> {
    const body = this.#within(make)
    const watched: IterableIterator<unknown, unknown> = {
      next: (value: unknown) => this.#within(() => body.next(value)),
      throw: (error: unknown) => this.#within(() => body.throw(error)),
      return: (value) => this.#within(() => body.return(value)),
      [Symbol.iterator]: () => watched,
    }
    return watched
  }

  #within<T>(work: () => T): T {
    if (this.#depth++ === 0) this.#exchange()
    try {
      return work()
    } finally {
      if (--this.#depth === 0) this.#restore()
    }
  }

  get #shownMs(): number {
    const shiftMs = this.#isShifting ? (SHIFTS_MS[this.#life % SHIFTS_MS.length] ?? 0) : 0
    return Math.floor(this.#nowMs()) + shiftMs
  }

  /** A number of the lower half in one life, of the upper half in the next. */
  #chanceOf(drawn: number): number {
    return this.#isShifting ? drawn / 2 + (this.#life % 2) / 2 : drawn
  }

  #exchange(): void {
    const { Date: RealDate, Math: math } = globalThis
    const random = math.random
    this.#put(globalThis, "Date", this.#dateInstead(RealDate))
    this.#put(math, "random", () => {
      this.#see("random", "Math.random()")
      return this.#chanceOf(random.call(math))
    })
    const { crypto, performance } = globalThis as unknown as Readonly<Record<string, object>>
    for (const name of ["randomUUID", "getRandomValues"]) {
      this.#passOn(crypto, name, "random", `crypto.${name}()`)
    }
    this.#passOn(performance, "now", "clock", "performance.now()")
    for (const name of ["fetch", "setTimeout", "setInterval", "setImmediate", "queueMicrotask"]) {
      this.#passOn(globalThis, name, "call", `${name}()`)
    }
    const { process } = globalThis as { process?: { hrtime?: object } }
    this.#passOn(process?.hrtime, "bigint", "clock", "process.hrtime.bigint()")
    this.#passOn(process, "uptime", "clock", "process.uptime()")
  }

  #dateInstead(RealDate: DateConstructor): DateConstructor {
    return new Proxy(RealDate, {
      construct: (target, given: unknown[], newTarget: new () => object) => {
        if (given.length > 0) return construct(target, given, newTarget)
        this.#see("clock", "new Date()")
        return construct(target, [this.#shownMs], newTarget)
      },
      apply: (target) => {
        this.#see("clock", "Date()")
        return new target(this.#shownMs).toString()
      },
      get: (target, key) => {
        if (key !== "now") return Reflect.get(target, key) as unknown
        return () => {
          this.#see("clock", "Date.now()")
          return this.#shownMs
        }
      },
    })
  }

  #passOn(owner: object | undefined, key: string, kind: Sighting["kind"], call: string): void {
    const real: unknown = owner === undefined ? undefined : Reflect.get(owner, key)
    if (owner === undefined || typeof real !== "function") return
    this.#put(owner, key, (...input: unknown[]) => {
      this.#see(kind, call)
      return (real as Anything).apply(owner, input)
    })
  }

  /** What cannot be exchanged is left as it is: the runtime forbids it. */
  #put(owner: object, key: string, value: unknown): void {
    const before = Object.getOwnPropertyDescriptor(owner, key)
    const isPut = Reflect.defineProperty(owner, key, { value, writable: true, configurable: true })
    if (isPut) this.#exchanged.push({ owner, key, before })
  }

  #restore(): void {
    for (const { owner, key, before } of this.#exchanged.reverse()) {
      if (before === undefined) Reflect.deleteProperty(owner, key)
      else Object.defineProperty(owner, key, before)
    }
    this.#exchanged = []
  }

  #see(kind: Sighting["kind"], call: string): void {
    const location = callerOf(new Error().stack ?? "")
    // The runtime's own code, which a body reaches through `console` for example.
    if (location?.includes("node:internal") === true) return
    if (this.sightings.some((each) => each.call === call && each.location === location)) return
    this.sightings.push({ kind, call, location })
  }
}

/** Frames above the caller: `#see`, and what stands in for the global. */
const OWN_FRAMES = 2

function callerOf(stack: string): string | undefined {
  const frames = stack.split("\n").filter((line) => line.trim().startsWith("at "))
  return frames[OWN_FRAMES]?.trim().replace(/^at /, "")
}
