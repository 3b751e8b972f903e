// Simulated world: one world from one seed: it is made, everything in it happens, and it ends.
// Owns: the loop, deploys, the clock's jumps, and what is found wrong. Must not touch: how an object works.
//   W1. All that happens is drawn from three streams of chance: the story, the faults, the latencies; and random values
//       that code asks for come from a fourth. So a seed is a history.
//   W2. The first finding ends the world.

import type { Application, Play, Running, Workload, World } from "../words.ts"
import { Agenda } from "./agenda.ts"
import { Faults } from "./faults.ts"
import { Instance } from "./instance.ts"
import { objectNamespace } from "./namespace.ts"
import { Outside } from "./outside.ts"
import { RESET_REASONS } from "./platform-errors.ts"
import { RecordedChoices } from "./recorded-choices.ts"
import { serviceBinding } from "./service-binding.ts"
import { SimulatedObject } from "./simulated-object.ts"
import { planFor, type Party, type Stage } from "./stage.ts"
import { Trace } from "./trace.ts"
import { WorldClock } from "./world-clock.ts"

/** Events after which a world is taken for one that never ends. */
const EVENTS_MAX = 200_000

const DEPLOYS_MAX = 3
const JUMPS_MAX = 3
const RESET_DELAY_MS_MAX = 5_000
const JUMP_FORWARD_MS_MAX = 600_000
const JUMP_BACK_MS_MAX = 2_000

/** What was answered in each stream, to be answered again. */
export interface Script {
  readonly story: readonly number[]
  readonly faults: readonly number[]
  readonly timing: readonly number[]
}

export interface WorldOptions {
  readonly seed: number
  readonly workloads: readonly Workload[]
  readonly script?: Script
  readonly isTraceKept?: boolean
}

export class SimulatedWorld implements World, Stage {
  readonly seed: number
  readonly clock = new WorldClock()
  readonly agenda = new Agenda()
  readonly outside: Party = new Outside(() => this)
  readonly faults: Faults
  readonly choices: RecordedChoices
  readonly timing: RecordedChoices
  readonly entropy: RecordedChoices
  readonly trace: Trace
  readonly env: Record<string, unknown> = {}
  party: Party | undefined
  events = 0
  finding: Error | undefined
  /** The story, as its play describes it. */
  story = ""
  readonly #faultChoices: RecordedChoices
  readonly #objects = new Map<string, SimulatedObject>()
  readonly #settled: SimulatedObject[] = []
  readonly #workloads: readonly Workload[]
  #play: Play | undefined
  #calmAtMs = 0
  #version = 0

  constructor({ seed, workloads, script, isTraceKept = false }: WorldOptions) {
    this.seed = seed
    this.#workloads = workloads
    this.choices = new RecordedChoices(seed * 4, script?.story)
    this.#faultChoices = new RecordedChoices(seed * 4 + 1, script?.faults)
    this.timing = new RecordedChoices(seed * 4 + 2, script?.timing)
    this.entropy = new RecordedChoices(seed * 4 + 3)
    this.faults = new Faults(this.#faultChoices, () => this.isStormy)
    this.trace = new Trace(isTraceKept)
  }

  /** Lets it all happen. Must be called from a task of the event loop. */
  run(): void {
    try {
      const play = this.#begin()
      while (this.finding === undefined && this.events < EVENTS_MAX) {
        const next = this.agenda.next(play.endAtMs)
        if (next === undefined) break
        this.events++
        this.clock.advanceTo(next.dueMs)
        next.happen()
        for (const object of this.#settled) play.committed?.(object)
        this.#settled.length = 0
        play.afterEvent?.()
      }
      if (this.finding !== undefined) return
      if (this.events >= EVENTS_MAX)
        throw new Error(`The world did not end in ${EVENTS_MAX} events.`)
      play.atEnd()
    } catch (error) {
      this.find(error instanceof Error ? error : new Error(String(error)))
    } finally {
      this.party = undefined
    }
  }

  /** Gives back what it holds. */
  end(): void {
    for (const object of this.#objects.values()) object.end()
  }

  find(finding: Error): void {
    this.finding ??= finding
  }

  /** What was answered in each stream. */
  get script(): Script {
    return {
      story: this.choices.answers,
      faults: this.#faultChoices.answers,
      timing: this.timing.answers,
    }
  }

  // What a play sees.

  get nowMs(): number {
    return this.clock.nowMs
  }

  get elapsedMs(): number {
    return this.clock.elapsedMs
  }

  get isStormy(): boolean {
    return this.clock.elapsedMs < this.#calmAtMs
  }

  get running(): Running | undefined {
    const { party } = this
    if (!(party instanceof Instance) || !party.isAlive) return undefined
    return { binding: party.binding, name: party.name, life: party.life }
  }

  get objects(): Iterable<SimulatedObject> {
    return this.#objects.values()
  }

  object(binding: string, name: string): SimulatedObject | undefined {
    return this.#objects.get(`${binding}/${name}`)
  }

  act(what: string, inMs: number, work: () => unknown): void {
    planFor(this, this.outside, inMs, what, () => void this.#perform(what, work))
  }

  async #perform(what: string, work: () => unknown): Promise<void> {
    try {
      await work()
    } catch (error) {
      const said = error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.find(new Error(`The act "${what}" failed: ${said}`, { cause: error }))
    }
  }

  note(line: string): void {
    this.trace.line(line)
  }

  deploy(): void {
    const versions = this.#play?.versions ?? []
    if (this.#version + 1 >= versions.length) return
    this.#version++
    this.trace.line(`${this.elapsedMs} deploy of version ${this.#version}`)
    for (const object of this.#objects.values()) {
      const { instance } = object
      if (instance === undefined) continue
      this.agenda.add({
        dueMs: this.elapsedMs + this.timing.upTo(RESET_DELAY_MS_MAX),
        isDropped: () => !instance.isAlive,
        happen: () => {
          object.crash(RESET_REASONS.deploy)
          this.trace.line(`${this.elapsedMs} ${instance.label} reset by the deploy`)
        },
      })
    }
  }

  // Its making.

  #begin(): Play {
    const weighted = this.#workloads.flatMap((workload) =>
      Array.from({ length: workload.weight }, () => workload),
    )
    const workload = this.choices.oneOf(weighted)
    const play = workload.play(this)
    this.#play = play
    this.#calmAtMs = play.calmAtMs
    this.story = `${workload.name}: ${play.describe()}`
    this.#bind(play)
    this.faults.begin(play.without ?? [])
    this.#planWeather(play)
    play.begin()
    return play
  }

  #bind(play: Play): void {
    const bindings = new Set(play.versions.flatMap((version) => Object.keys(version)))
    for (const binding of bindings) {
      this.env[binding] = objectNamespace(this, (name) => this.#objectOf(binding, name))
    }
    for (const [name, service] of Object.entries(play.services ?? {})) {
      this.env[name] = serviceBinding(this, name, service)
    }
    Object.assign(this.env, play.variables)
  }

  #objectOf(binding: string, name: string): SimulatedObject {
    const key = `${binding}/${name}`
    let object = this.#objects.get(key)
    if (object === undefined) {
      object = new SimulatedObject({
        stage: this,
        binding,
        name,
        env: this.env,
        code: () => this.#codeOf(binding),
        expects: (thrown) =>
          this.#play?.mayThrow === true || this.#play?.expects?.(thrown) === true,
        committed: (settled) => this.#settled.push(settled),
      })
      this.#objects.set(key, object)
    }
    return object
  }

  #codeOf(binding: string) {
    const application: Application | undefined = this.#play?.versions[this.#version]
    const objectClass = application?.[binding]
    if (objectClass === undefined) throw new Error(`Version ${this.#version} has no ${binding}.`)
    return { version: this.#version, objectClass }
  }

  /** Deploys and jumps of the clock come at instants of their own. */
  #planWeather({ calmAtMs }: Play): void {
    const { faults } = this
    const plan = (name: "deploy" | "clockForward" | "clockBack", max: number, work: () => void) => {
      if (!faults.isOn(name)) return
      for (let left = 1 + faults.upTo(max - 1); left > 0; left--) {
        this.agenda.add({
          dueMs: faults.upTo(calmAtMs),
          isDropped: () => false,
          happen: () => {
            faults.count(name)
            work()
          },
        })
      }
    }
    plan("deploy", DEPLOYS_MAX, () => this.deploy())
    plan("clockForward", JUMPS_MAX, () => this.#jump(1 + faults.upTo(JUMP_FORWARD_MS_MAX)))
    plan("clockBack", JUMPS_MAX, () => this.#jump(-1 - faults.upTo(JUMP_BACK_MS_MAX)))
  }

  #jump(byMs: number): void {
    this.clock.jump(byMs)
    this.trace.line(`${this.elapsedMs} the clock jumps by ${byMs} ms`)
    for (const object of this.#objects.values()) object.clockJumped()
  }
}
