// Process watch: the memory and the open files of the runtime, sampled while something happens to it.
// Owns: the samples. Must not touch: the process.

import { existsSync, readdirSync, readFileSync } from "node:fs"

const SAMPLE_MS = 500

export interface ProcessSample {
  readonly atMs: number
  readonly memoryMebibytes: number
  readonly openFiles: number
}

export class ProcessWatch {
  readonly samples: ProcessSample[] = []
  readonly #pid: () => number | undefined
  readonly #timer: NodeJS.Timeout

  /** @param pid of the process that lives now, if any */
  constructor(pid: () => number | undefined) {
    this.#pid = pid
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS)
  }

  end(): void {
    clearInterval(this.#timer)
  }

  /** The most of it since then. */
  most(key: "memoryMebibytes" | "openFiles", sinceMs: number): number {
    return Math.max(
      0,
      ...this.samples.filter(({ atMs }) => atMs >= sinceMs).map((each) => each[key]),
    )
  }

  get last(): ProcessSample {
    const last = this.samples.at(-1)
    if (last === undefined) throw new Error("Nothing was sampled yet.")
    return last
  }

  #sample(): void {
    const pid = this.#pid()
    if (pid === undefined) return
    const folder = `/proc/${pid}`
    const status = existsSync(folder) ? readFileSync(`${folder}/status`, "utf8") : ""
    const kibibytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN)
    // It is just ending: its memory is gone, and whoever waits for its answer tells so.
    if (Number.isNaN(kibibytes)) return
    this.samples.push({
      atMs: Date.now(),
      memoryMebibytes: kibibytes / 1_024,
      openFiles: readdirSync(`${folder}/fd`).length,
    })
  }
}
