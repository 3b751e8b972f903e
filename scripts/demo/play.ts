// Play: the order of the demo: all systems begin, the runtime is killed three times, all end, all is counted.
// Owns: the kills, and the proof that nobody asked a run for anything between the last kill and its end.

import { pause, waitUntil } from "../support/wait-until.ts"
import { readRun, type RunView, type Scene, type Stage, type Verdict } from "./scene.ts"
import type { Screen } from "./screen.ts"

/** After a step's line: the time to record it and to begin the next. */
const SETTLE_MS = 400

/** How long the runtime stays dead the second time: timers fall due meanwhile. */
const DOWN_MS = 4_000

/** With the last effects there and no step saying anything for so long, every run must have ended. */
const SILENCE_MS = 3_000
const FINISH_TIMEOUT_MS = 40_000

/** Before the third kill: an instant nobody has chosen. */
const RANDOM_MS = 1_500

export class Play {
  readonly #stage: Stage
  readonly #screen: Screen
  readonly #scenes: readonly Scene[]
  readonly #exact: Scene
  readonly #killsAtMs: number[] = []

  /** @param exact the one of the scenes whose place the first kill must hit to the instant */
  constructor(stage: Stage, screen: Screen, scenes: readonly Scene[], exact: Scene) {
    this.#stage = stage
    this.#screen = screen
    this.#scenes = scenes
    this.#exact = exact
  }

  /** Resolves with what was wrong. */
  async perform(): Promise<string[]> {
    const screen = this.#screen
    screen.act("Seven systems begin. From here on nobody sends a request until all have ended.")
    const others = this.#scenes.filter((scene) => scene !== this.#exact)
    await Promise.all(others.map((scene) => scene.begin()))
    await Promise.all(others.map((scene) => scene.reached("first")))
    await pause(SETTLE_MS)
    await this.#exact.begin()
    await this.#exact.reached("first")
    await this.#kill("the ledger has written the account, the workflow does not know it yet")
    for (const scene of this.#scenes) scene.killed?.()
    await this.#restart()

    await Promise.all(this.#scenes.map((scene) => scene.reached("second")))
    await pause(SETTLE_MS)
    await this.#kill(`and down for ${DOWN_MS / 1_000} s, while timers fall due`)
    await pause(DOWN_MS)
    await this.#restart()

    await pause(Math.random() * RANDOM_MS)
    await this.#kill("at an instant nobody has chosen")
    await this.#restart()

    await waitUntil("the last effects in D1", FINISH_TIMEOUT_MS, () =>
      this.#scenes.every((scene) => scene.isFinished?.() ?? true) ? true : undefined,
    )
    await this.#stage.lines.silence(SILENCE_MS)
    return this.#count()
  }

  async #kill(why: string): Promise<void> {
    this.#killsAtMs.push(Date.now())
    await this.#stage.runtime.kill()
    this.#screen.kill(`SIGKILL to the runtime: ${why}.`)
  }

  async #restart(): Promise<void> {
    await this.#stage.runtime.restart()
    this.#screen.act("The runtime is back on the same disk. Its alarms wake the runs:")
  }

  async #count(): Promise<string[]> {
    this.#screen.act(
      "All have ended. Counting what stands in D1, in the accounts and in the ledger …",
    )
    const askedAtMs = Date.now()
    const counted: { scene: Scene; runs: RunView[]; verdict: Verdict }[] = []
    for (const scene of this.#scenes) {
      const runs = await Promise.all(scene.runs.map((run) => readRun(this.#stage, run)))
      counted.push({ scene, runs, verdict: await scene.check() })
    }
    this.#screen.table(
      ["system", "steps", "kills survived", "effects counted", "result"],
      counted.map(({ scene, runs, verdict }) => [
        scene.system,
        String(runs.reduce((sum, { steps }) => sum + steps, 0)),
        String(this.#killsSurvived(runs)),
        verdict.effects,
        verdict.result,
      ]),
    )
    return counted.flatMap(({ scene, runs, verdict }) => {
      const late = runs
        .filter(({ endedAtMs }) => !(endedAtMs < askedAtMs))
        .map(({ id, status }) => `${id} had not ended by itself: ${status}`)
      const unkilled = this.#killsSurvived(runs) === 0 ? ["no kill found it under way"] : []
      return [...late, ...unkilled, ...verdict.problems].map((text) => `${scene.system}: ${text}`)
    })
  }

  /** Kills that found one of these runs begun and not ended. */
  #killsSurvived(runs: readonly RunView[]): number {
    return this.#killsAtMs.filter((atMs) =>
      runs.some(({ createdAtMs, endedAtMs }) => createdAtMs < atMs && atMs < endedAtMs),
    ).length
  }
}
