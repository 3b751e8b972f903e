// Protocol: the questions that the bench asks every engine it measures, over HTTP on loopback.
// Owns: their words. Each peer's server answers them with what its engine does best; what it has no answer for is 501
// with a reason. A server is given its port and its folder by PORT and FOLDER, keeps everything it writes in that folder,
// and prints one line of JSON when it is ready (`Ready`) or cannot be (`Skipped`). It ends with its children on SIGTERM,
// and leaves a folder behind on SIGKILL that the same command starts from again.
//   P1. Times are measured inside the engine's own process where that is the only place to see them, else by the asker.

export interface Ready {
  readonly ready: true
  /** The engine with its version, as a table names it. */
  readonly name: string
  /** Whether what it has recorded outlives a SIGKILL. */
  readonly isDurable: boolean
  /** How it was set up, in a sentence: what a reader must know to judge the figures. */
  readonly setup: string
}

export interface Skipped {
  readonly skipped: string
}

/** W1: `POST /four-steps`: one run of four steps that return a number, from its start to its result. */
export interface FourSteps {
  readonly result: number
}

/** W2: `POST /sequence {steps, isAsync}`: steps that return 100 bytes, one after another, in one run. */
export interface Sequence {
  /** From before the first step to behind the last, in ms. */
  readonly elapsedMs: number
  /** Time from a step to the next, in µs, as a mean over the steps that follow each of these positions. */
  readonly gaps: readonly { readonly position: number; readonly gapUs: number }[]
  readonly memoryBytes?: number
}

/**
 * W3: `POST /interrupted {steps}`: a run that has recorded so many steps and hangs in its last one, in the first attempt
 * only. Answered when it hangs. After a SIGKILL and a new start, its end makes the file `resumed` in FOLDER; nobody asks.
 */
export interface Interrupted {
  readonly hangs: true
}

/** W4: `POST /sleepers {count, sleepMs}`: so many runs that sleep at once; answered when all have ended. */
export interface Sleepers {
  /** How much later than it should each has gone on, in ms. */
  readonly latenessMs: readonly number[]
  readonly elapsedMs: number
}

/** W5: `POST /fan-out {width, stepMs}`: so many steps at once, each of that time, in one run. */
export interface FanOut {
  readonly elapsedMs: number
}

/** W6: `POST /signal`: from a signal's sending to what the waiting run did by it. */
export interface Signal {
  readonly reactionMs: number
}
