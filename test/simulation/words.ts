// Words: what the simulated platform, the programs that run on it and the promises that are checked say to each other.
// Owns: types alone, of no platform: the file stands in both TypeScript projects. Whoever keeps to it can be written
// without knowing how the others work.

/**
 * The one source of chance of a world. Every answer is written down, so that a failing history can be shortened: the
 * shortener replaces answers by 0 and looks whether it still fails. So 0 (false, the first, the least) is the simplest.
 */
export interface Choices {
  /** A whole number from 0 to `max`, both included. */
  upTo(max: number): number
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number
  /** True with that probability, from 0 to 1. */
  chance(probability: number): boolean
  /** One of them. @throws Error when there is none */
  oneOf<T>(items: readonly T[]): T
}

/** A class of Durable Objects, as a Worker exports it. */
export type ObjectClass = new (ctx: never, env: never) => object

/** The code of one version of a Worker: its object classes by the name of their binding, such as RUNS. */
export type Application = Readonly<Record<string, ObjectClass>>

/**
 * Something outside that steps call with `env.NAME.call(request)` (see `Outside`). It is called when a request arrives,
 * does its work at once, and answers or throws. Requests and answers are plain data and are copied.
 */
export type Service = (request: unknown) => unknown

/** What the environment has for each service. */
export interface Outside {
  /**
   * Leaves when what was written before is durable. Rejects with what the service threw, or as the platform does when
   * the request or its answer was lost: then nobody knows whether it was carried out. May take long, or for ever.
   */
  call(request: unknown): Promise<unknown>
}

export type Row = Readonly<Record<string, unknown>>

/** One object of the world, from outside: what is on its disk. */
export interface SimulatedObject {
  readonly binding: string
  readonly name: string
  /** How many lives (instances) it has had; the one in memory has this number. */
  readonly lives: number
  /** How many writes its disk has refused, in all lives. */
  readonly refusals: number
  /** Whether it is in memory. */
  readonly isResident: boolean
  /** The alarm on its disk; one that is being delivered counts as set until its handler has returned. */
  readonly alarmMs: number | null
  /** Whether nothing is written that is not durable; only then `rows` may be asked. */
  readonly isSettled: boolean
  /** Whether the table stands on its disk. */
  has(table: string): boolean
  /** A number that is another one whenever the table may have changed: while it is the same, so are the rows. */
  changesOf(table: string): number
  /** Durable rows. Statements are kept by their text: write them as constants. @throws Error unless settled */
  rows(sql: string, ...values: readonly (string | number | null)[]): readonly Row[]
}

/** The instance whose code runs now. */
export interface Running {
  readonly binding: string
  readonly name: string
  /** Which life of the object it is, from 1. */
  readonly life: number
}

/** What a program sees of the world that it runs in. */
export interface World {
  readonly seed: number
  /** The program's own stream of chance: draws of the platform do not shift it. */
  readonly choices: Choices
  /** The clock on the wall, as `Date.now()` says it; it may jump. */
  readonly nowMs: number
  /** Milliseconds since the world began; never jumps. */
  readonly elapsedMs: number
  /** Events so far. */
  readonly events: number
  /** Whether faults may still happen. They end for good at `calmAtMs` of the play. */
  readonly isStormy: boolean
  /** The bindings of a Worker that stands outside: namespaces, services, variables. Its calls meet network faults. */
  readonly env: object
  /** Whose code runs; `undefined` for code outside, and for an instance that has died but does not know it. */
  readonly running: Running | undefined
  /** Every object that was ever addressed, in the order of its making. */
  readonly objects: Iterable<SimulatedObject>
  object(binding: string, name: string): SimulatedObject | undefined
  /**
   * An outside caller does something, `inMs` from now: an event. What it awaits (calls through `env`, setTimeout) goes
   * on in later events; nothing crashes it. What it throws is a finding, so it has to catch what a caller must expect.
   */
  act(what: string, inMs: number, work: () => unknown): void
  /** The next of the play's versions goes live, as with a deploy: instances are reset one after the other. */
  deploy(): void
  /** A line in the trace. */
  note(line: string): void
}

/** One story that is played in a world. */
export interface Play {
  /** What is played, in words, for whoever reads a failing history. */
  describe(): string
  /** At least one; `world.deploy()` and the platform's own deploys go from each to the next, and stay at the last. */
  readonly versions: readonly Application[]
  readonly services?: Readonly<Record<string, Service>>
  /** Further bindings, passed as they are. */
  readonly variables?: Readonly<Record<string, unknown>>
  /** Faults that this play cannot bear, by name. */
  readonly without?: readonly FaultName[]
  /** Whether objects throw out of their methods and alarms on purpose; it is a finding otherwise. */
  readonly mayThrow?: boolean
  /** Whether an object throws this out of a method because its caller has to expect it; any other is a finding. */
  expects?(thrown: unknown): boolean
  /** Faults end then, in milliseconds since the world began. */
  readonly calmAtMs: number
  /** The world ends then, or when nothing is left to happen. */
  readonly endAtMs: number
  /** Plans the first acts. */
  begin(): void
  /** After an event that made writes of this object durable. @throws Error a broken promise, in words */
  committed?(object: SimulatedObject): void
  /** After each event. @throws Error a broken promise, in words */
  afterEvent?(): void
  /** Nothing is left to happen, or time is up. @throws Error a broken promise, in words */
  atEnd(): void
}

export interface Workload {
  readonly name: string
  /** How often it is drawn beside the others. */
  readonly weight: number
  /** Draws a story from `world.choices`. */
  play(world: World): Play
}

/** What can go wrong. Each seed draws which kinds are on, and how strong. */
export const FAULT_NAMES = [
  /** The instance is gone between two events. */
  "crash",
  /** It is gone before what the event wrote is durable. */
  "crashBeforeCommit",
  /** It is gone when that is durable, and not all that it sent has left. */
  "crashAfterCommit",
  /** A commit takes its time; other events come in between. */
  "slowCommit",
  /** An idle instance is put out of memory. */
  "evict",
  /** A write is refused: the disk is full. */
  "diskFull",
  /** What was written cannot be made durable: the object is reset. */
  "commitFails",
  "requestLost",
  "answerLost",
  "slowNetwork",
  /** The object refuses the call, it has too many. */
  "overloaded",
  "alarmLate",
  /** A few milliseconds early, by the clock of the object. */
  "alarmEarly",
  "alarmTwice",
  /** A service fails, is slow, or never answers. */
  "serviceFails",
  "serviceLost",
  "serviceSlow",
  "serviceSilent",
  "deploy",
  "clockForward",
  "clockBack",
  /** What is written about an alarm is refused. */
  "alarmRefused",
] as const

export type FaultName = (typeof FAULT_NAMES)[number]
