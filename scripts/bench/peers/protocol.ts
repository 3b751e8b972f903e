// Protocol: the questions that the bench asks every engine it measures, over HTTP on loopback.
// Owns: their words. Each peer's server answers them with what its engine does best; what it has no answer for is 501
// with a reason. A server is given its port and its folder by PORT and FOLDER, keeps everything it writes in that folder,
// and prints one line of JSON when it is ready (`Ready`) or cannot be (`Skipped`). It ends with its children on SIGTERM,
// and leaves a folder behind on SIGKILL that the same command starts from again.
//   P1. Times are measured inside the engine's own process where that is the only place to see them, else by the asker.
//   P2. Every question begins runs of its own: it may be asked again, also after a kill.

export interface Ready {
  readonly ready: true
  /** The engine with its version, as a table names it. */
  readonly name: string
  /** Whether what it has recorded outlives a SIGKILL. */
  readonly isDurable: boolean
  /** How it was set up, in a sentence: what a reader must know to judge the figures. */
  readonly setup: string
  /**
   * The most steps that one run of it should be asked for, one after another or at once, where its time for a step grows so
   * much with their number that more would take minutes. More is answered with 501.
   */
  readonly stepsMax?: number
}

export interface Skipped {
  readonly skipped: string
}

/** W1: `POST /four-steps`: one run of four steps that return a number, from its start to its result. */
export interface FourSteps {
  readonly result: number
}

/**
 * W2: `POST /sequence {steps, isAsync}`: steps that return 100 bytes, one after another, in one run. An engine whose steps
 * are all asynchronous answers both alike.
 */
export interface Sequence {
  /** From before the first step to behind the last, in ms, as the run itself sees it. */
  readonly elapsedMs: number
  /**
   * Time from a step to the next, in µs, as a mean over the 100 steps that follow each of these positions; behind a
   * position that fewer follow, over the last 100; none where the sequence is shorter than the position.
   */
  readonly gaps: readonly { readonly position: number; readonly gapUs: number }[]
  readonly memoryBytes?: number
}

/** The positions that every engine tells the gap of. */
export const GAP_POSITIONS = [10, 1_000, 10_000, 100_000] as const

/** How many steps each gap is a mean of. */
export const GAP_STEPS = 100

/**
 * W3: `POST /interrupted {steps}`: a run that has recorded so many steps and hangs in one more, in the first attempt
 * only. Answered when it hangs. After a SIGKILL and a new start, its end makes the file `resumed` in FOLDER; nobody asks.
 * The file is gone when the question is answered.
 */
export interface Interrupted {
  readonly hangs: true
}

/** W4: `POST /sleepers {count, sleepMs}`: so many runs that sleep at once; answered when all have ended. */
export interface Sleepers {
  /** How much later than it should each has gone on, in ms, as the run itself sees it. */
  readonly latenessMs: readonly number[]
  /** From before the first start to behind the last end, in ms. */
  readonly elapsedMs: number
}

/** W5: `POST /fan-out {width, stepMs}`: so many steps at once, each of that time, in one run. */
export interface FanOut {
  /** From before the first step to behind the last, in ms, as the run itself sees it. */
  readonly elapsedMs: number
}

/** W6: `POST /signal`: from a signal's sending to what the waiting run did by it. */
export interface Signal {
  /** Of a run that waits already when the signal is sent. */
  readonly reactionMs: number
}

/** The body of a 501: the engine has nothing for this question. */
export interface Unsupported {
  readonly reason: string
}
