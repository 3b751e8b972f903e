// Bench process: a process of the bench at the other end of a pipe.
// Owns: one question at a time and its answer; one that ends before it answers is an error.

import { type ChildProcess, fork } from "node:child_process"

export class BenchProcess<Question, Answer> {
  readonly #process: ChildProcess

  constructor(file: URL) {
    this.#process = fork(file, { stdio: ["ignore", "inherit", "inherit", "ipc"] })
  }

  ask(question: Question): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const take = (answer: unknown) => {
      this.#process.off("exit", fail)
      resolve(answer as Answer)
    }
    const fail = (code: number | null) => {
      this.#process.off("message", take)
      reject(new Error(`A process of the bench ended with ${code}; its message stands above.`))
    }
    this.#process.once("message", take)
    this.#process.once("exit", fail)
    this.#process.send(question as object)
    return promise
  }

  /** Ends it; it has nothing to lose. */
  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = new Promise((resolve) => this.#process.once("exit", resolve))
    this.#process.disconnect()
    await ended
  }
}

/** The other end: answers each question; the process ends with whoever asks. */
export function answerQuestions<Question, Answer>(
  answer: (question: Question) => Promise<Answer>,
): void {
  process.on("message", (question: unknown) => {
    answer(question as Question).then(
      (reply) => process.send?.(reply),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  process.on("disconnect", () => process.exit(0))
}

/** Time this process has used its processor since its start, in ms. */
export function cpuTimeMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
