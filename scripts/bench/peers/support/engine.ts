// Engine: what a peer's server answers the questions of the protocol with.
// Owns: the form of the answers. Must not touch: HTTP, or any one engine.

import type {
  FanOut,
  FourSteps,
  Interrupted,
  Ready,
  Sequence,
  Signal,
  Skipped,
  Sleepers,
} from "../protocol.ts"

/** An answer, or the reason why there is none. */
type Answer<Arguments extends readonly unknown[], Result> =
  ((...given: Arguments) => Promise<Result>) | string

export interface Answers {
  readonly fourSteps: Answer<[], FourSteps>
  readonly sequence: Answer<[steps: number, isAsync: boolean], Sequence>
  readonly interrupted: Answer<[steps: number], Interrupted>
  readonly sleepers: Answer<[count: number, sleepMs: number], Sleepers>
  readonly fanOut: Answer<[width: number, stepMs: number], FanOut>
  readonly signal: Answer<[], Signal>
}

export interface Engine extends Answers, Omit<Ready, "ready"> {
  /** Ends the engine and all that it started. */
  close(): Promise<void>
}

/** Starts an engine that keeps everything it writes in the folder, or says why it cannot. */
export type StartEngine = (folder: string) => Promise<Engine | Skipped>
