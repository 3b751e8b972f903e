// Program story: random programs, and people who have to do with them.
// Owns: what is drawn: which runs, which people, when. Must not touch: what is checked.

import { Announcer } from "../../../src/object/run-index/announcer.ts"
import { SHARDS_DEFAULT } from "../../../src/object/run-index/placement.ts"
import { Shards } from "../../../src/object/run-index/shards.ts"
import { createRuns, type RunDoor } from "../../../src/object/runs-client.ts"
import {
  createSchedules,
  type ScheduleObjectDoor,
} from "../../../src/object/schedule/schedules-client.ts"
import type { Runs, StartRequest } from "../../../src/engine/ports/runs.ts"
import { allPromises } from "../promises/promises.ts"
import type { Play, SimulatedObject, World } from "../words.ts"
import { applicationOf, CHANGING, LIMITED, registryOf } from "./application.ts"
import { asking } from "./asking.ts"
import { CHILD_DELAY_MS, PROGRAM } from "./calls.ts"
import { doorOf } from "./door.ts"
import { Grammar } from "./grammar.ts"
import { auditIndex } from "./index-audit.ts"
import { isLateStart } from "./late-start.ts"
import { judgeByModel } from "./model.ts"
import { EffectLedger } from "./outside.ts"
import { People, type Verb } from "./people.ts"
import { Watch } from "./watch.ts"

/** When people act, and when faults end. */
const ACTIVE_MS = 90_000
const CALM_AT_MS = 120_000

/** Longer than any deadline, attempt and pause of a program. */
const END_AT_MS = 1_500_000

/** How many worlds have a crowd, and how many words it says. */
const CROWDED = 0.75
const CROWD_MAX = 240

/** Of a hundred acts so many are words: signals, updates, questions and starts. The others are verbs. */
const SPOKEN = 72

const VERBS: readonly Verb[] = [
  "cancel",
  "kill",
  "pause",
  "resume",
  "resume",
  "retry",
  "retry",
  "skip",
  "fork",
  "delete",
]

/** Code is the same in every world, but for the index, which one in eight has. */
const RELEASES = [1, 2, 3] as const
const VERSIONS = RELEASES.map((release) => applicationOf(registryOf(release)))
const INDEXED_VERSIONS = RELEASES.map((release) => applicationOf(registryOf(release), true))
const INDEXED_EVERY = 8
const INDEXED_REST = 5

export class ProgramStory implements Play {
  readonly versions: Play["versions"]
  readonly calmAtMs = CALM_AT_MS
  readonly endAtMs = END_AT_MS
  readonly services: NonNullable<Play["services"]>
  readonly variables: NonNullable<Play["variables"]>
  readonly #world: World
  readonly #watch: Watch
  readonly #people: People
  readonly #starts: { readonly id: string; readonly request: StartRequest }[] = []
  readonly #isIndexed: boolean
  /** Lives of runs whose start was answered. */
  readonly #answered = new Set<string>()

  constructor(world: World) {
    this.#world = world
    this.#isIndexed = world.seed % INDEXED_EVERY === INDEXED_REST
    this.versions = this.#isIndexed ? INDEXED_VERSIONS : VERSIONS
    const ledger = new EffectLedger((effect) => this.#watch.arrived(effect))
    const isDone = (key: string) => ledger.done.has(key)
    const isChanged = (workflow: string) => workflow === CHANGING
    const isIndexed = this.#isIndexed
    this.#watch = new Watch(
      world,
      allPromises({ isChanged, isDone, childDelayMs: CHILD_DELAY_MS, isIndexed }),
    )
    this.services = { OUTSIDE: (request) => ledger.call(request) }
    this.variables = { EYE: this.#watch }
    this.#people = new People(this.#runs(), this.#watch.guard, world.choices)
    this.#draw()
  }

  describe(): string {
    return JSON.stringify(this.#starts)
  }

  begin(): void {
    for (const start of this.#starts)
      this.#plan(`start ${start.id}`, () => this.#people.start(start))
    const { choices } = this.#world
    for (let left = choices.upTo(24); left > 0; left--)
      this.#planAct(choices.oneOf(this.#starts).id)
    if (choices.chance(0.1)) this.#planSchedule()
    // In most worlds a crowd speaks to the runs as well; it ends none of them.
    if (choices.chance(CROWDED))
      for (let left = choices.upTo(CROWD_MAX); left > 0; left--)
        this.#planWord(choices.oneOf(this.#starts).id, choices.upTo(SPOKEN - 1))
    if (choices.chance(0.05)) this.#planCrowd()
  }

  committed(object: SimulatedObject): void {
    this.#watch.committed(object)
  }

  expects(thrown: unknown): boolean {
    return isLateStart(thrown)
  }

  atEnd(): void {
    const { guard } = this.#watch
    guard.quiet(this.#world.nowMs)
    for (const { id } of this.#starts)
      if (!this.#people.hasTouched(id)) judgeByModel(guard.view(id))
    if (this.#isIndexed) auditIndex(this.#world, this.#answered)
  }

  #runs(): Runs {
    const world = this.#world
    const door = (id: string) => doorOf<RunDoor>(world, "RUNS", id)
    if (!this.#isIndexed) return createRuns(door)
    const shards = new Shards(
      { idFromName: (name) => name as never, get: (name) => doorOf(world, "INDEX", String(name)) },
      SHARDS_DEFAULT,
    )
    const runs = createRuns(door, new Announcer(shards, () => world.nowMs))
    const start: Runs["start"] = async (id, request) => {
      const started = await runs.start(id, request)
      this.#answered.add(started.run.incarnation)
      return started
    }
    return { ...runs, start }
  }

  #draw(): void {
    const { choices } = this.#world
    const grammar = new Grammar(choices)
    // Now and then all of them want the same slots.
    const isCrowded = choices.chance(0.1)
    const count = isCrowded ? 4 + choices.upTo(2) : 1 + choices.upTo(3)
    for (let index = 0; index < count; index++) {
      const drawn = choices.oneOf([PROGRAM, PROGRAM, PROGRAM, LIMITED, CHANGING])
      const workflow = isCrowded ? LIMITED : drawn
      const input = {
        ...(workflow === CHANGING
          ? grammar.changing(this.#world.nowMs)
          : grammar.input(this.#world.nowMs)),
        ...(workflow === LIMITED ? { lane: "a" } : {}),
      }
      const request: StartRequest = {
        workflow,
        input: [input],
        ...(choices.chance(0.15) ? { timeoutMs: choices.oneOf([2_000, 30_000]) } : {}),
        ...(choices.chance(0.1) ? { startAtMs: this.#world.nowMs + 5_000 } : {}),
        ...(choices.chance(0.1) ? { signal: { name: "s", value: -1 } } : {}),
      }
      this.#starts.push({ id: `run/${index}`, request })
    }
  }

  #planAct(id: string): void {
    const { choices } = this.#world
    const draw = choices.upTo(99)
    if (draw < SPOKEN) return this.#planWord(id, draw)
    const verb = choices.oneOf(VERBS)
    this.#plan(`${verb} ${id}`, () => this.#people.operate(id, verb))
  }

  /** @param draw which kind of word, below SPOKEN */
  #planWord(id: string, draw: number): void {
    const { choices } = this.#world
    const people = this.#people
    if (draw < 20) {
      const key = choices.chance(0.5) ? `key ${choices.upTo(3)}` : undefined
      const name = choices.oneOf(["s", "t"])
      const count = key === undefined && choices.chance(0.2) ? 3 : 1
      const send = () => people.signal(id, name, key)
      return this.#plan(`signal ${name} to ${id}`, async () => {
        await Promise.all(Array.from({ length: count }, send))
      })
    }
    if (draw < 35) {
      const key = `key ${choices.upTo(4)}`
      const isFit = choices.chance(0.8)
      const waitMs = choices.oneOf([0, 0, 2_000])
      return this.#plan(`update to ${id}`, () => people.update(id, "u", key, isFit, waitMs))
    }
    if (draw < 50) return this.#plan(`look at ${id}`, () => people.look(id))
    if (draw < 60) {
      return this.#plan(`settle a promise of ${id}`, async () => {
        await people.look(id)
        await people.settle()
      })
    }
    this.#plan(`start ${id} again`, () => people.start(this.#again(id)))
  }

  /** Mostly the same start; now and then with another input. */
  #again(id: string) {
    const known = this.#starts.find((start) => start.id === id)
    const { choices } = this.#world
    const request = known?.request ?? { workflow: PROGRAM, input: [] }
    if (choices.chance(0.7)) return { id, request }
    return { id, request: { workflow: PROGRAM, input: [{ ...new Grammar(choices).input(0) }] } }
  }

  /** While somebody has paused a run messages come for those who wait in it. */
  #planCrowd(): void {
    const { choices, nowMs } = this.#world
    const id = "run/crowd"
    const input = [new Grammar(choices).crowd(nowMs)]
    const start = { id, request: { workflow: PROGRAM, input } }
    this.#starts.push(start)
    const people = this.#people
    this.#world.act(`start ${id}`, 0, () => people.start(start))
    this.#world.act(`pause ${id}`, 20, () => people.operate(id, "pause"))
    for (const inMs of [30, 31, 32])
      this.#world.act(`signal s to ${id}`, inMs, () => people.signal(id, "s", undefined))
    this.#world.act(`resume ${id}`, 60, () => people.operate(id, "resume"))
  }

  #planSchedule(): void {
    const schedules = createSchedules({
      registry: registryOf(1),
      runs: createRuns((id) => doorOf<RunDoor>(this.#world, "RUNS", id)),
      door: (name) => doorOf<ScheduleObjectDoor>(this.#world, "SCHEDULES", name),
    })
    const input = [{ ...new Grammar(this.#world.choices).input(this.#world.nowMs), turns: 0 }]
    const request = { workflow: PROGRAM, input, cron: "*/20 * * * * *", overlap: "skip" as const }
    const press = (what: string, work: () => Promise<unknown>) =>
      this.#plan(`${what} the schedule`, async () => void (await asking(work)))
    press("put", () => schedules.put("every", request))
    press("trigger", () => schedules.trigger("every"))
    press("pause", () => schedules.pause("every", {}))
    press("resume", () => schedules.resume("every"))
    this.#world.act("delete the schedule", CALM_AT_MS + 10_000, async () => {
      await asking(() => schedules.delete("every"))
    })
  }

  /** Early more often than late. */
  #plan(what: string, work: () => Promise<unknown>): void {
    const { choices } = this.#world
    const withinMs = choices.oneOf([0, 500, 5_000, ACTIVE_MS])
    this.#world.act(what, choices.upTo(withinMs), work)
  }
}
