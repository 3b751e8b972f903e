// Supervised: a process that is killed, stopped and started again, and brought back when it ends by itself.
// Owns: one process's ups and downs, one after the other. Must not touch: when they come (faults.ts).
//   U1. A start that fails (its disk is full) is tried again until it goes well or the chaos is over.

import { setTimeout as pause } from "node:timers/promises"
import type { Ending } from "../support/process-group.ts"

/** What is supervised. `ended` is of its newest life. */
export interface Process {
  readonly ended: Promise<Ending>
  readonly tail: string
  start(): Promise<void>
  kill(): Promise<void>
  signal(signal: NodeJS.Signals): void
}

const RESTART_PAUSE_MS = 500

/** After the chaos nothing stands in the way of a start any more. */
const LAST_START_TRIES = 5

export class Supervised {
  readonly name: string
  /** Lives that ended without our doing, with what they said last. */
  readonly deaths: string[] = []
  /** Starts that failed and were tried again. */
  failedStarts = 0
  readonly #process: Process
  readonly #say: (line: string) => void
  #life = 0
  #isDown = false
  #isOver = false
  #turn: Promise<void> = Promise.resolve()

  /** @param process started already */
  constructor(name: string, process: Process, say: (line: string) => void) {
    this.name = name
    this.#process = process
    this.#say = say
    this.#watch()
  }

  /** SIGKILL, and back after `downMs`. */
  kill(downMs: number): Promise<void> {
    return this.#inTurn(async () => {
      this.#isDown = true
      await this.#process.kill()
      await pause(downMs)
      await this.#start()
    })
  }

  /** SIGSTOP, and SIGCONT after `ms`. */
  stop(ms: number): Promise<void> {
    return this.#inTurn(async () => {
      this.#process.signal("SIGSTOP")
      try {
        await pause(ms)
      } finally {
        this.#process.signal("SIGCONT")
      }
    })
  }

  /** Resolves when it is up, with nothing more to happen to it. @throws Error when it cannot be brought up */
  async settle(): Promise<void> {
    await this.#turn
    for (let tries = 1; this.#isDown; tries++) {
      if (tries > LAST_START_TRIES) {
        throw new Error(`The ${this.name} does not start:\n${this.#process.tail}`)
      }
      await this.#inTurn(() => this.#startOnce())
    }
  }

  /** It is not brought back any more. */
  end(): void {
    this.#isOver = true
    this.#process.signal("SIGCONT")
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  async #start(): Promise<void> {
    while (this.#isDown && !this.#isOver) {
      await this.#startOnce()
      if (this.#isDown) await pause(RESTART_PAUSE_MS)
    }
  }

  async #startOnce(): Promise<void> {
    try {
      await this.#process.start()
      this.#isDown = false
      this.#watch()
    } catch {
      // Why stands in the tail; what counts is whether a later one goes well.
      this.failedStarts += 1
    }
  }

  #watch(): void {
    const life = ++this.#life
    void this.#process.ended.then(({ code, signal }) => {
      if (this.#isOver || this.#isDown || life !== this.#life) return
      this.#isDown = true
      const { tail } = this.#process
      this.deaths.push(`${this.name} ended by itself (${signal ?? `code ${code}`}): ${tail}`)
      this.#say(`the ${this.name} ended by itself and is started again`)
      return this.#inTurn(() => this.#start())
    })
  }
}
