// Bench steps: what the steps need of the server, found in globalThis, since the compiler puts the steps into a bundle of
// their own.
// Owns: the place. Must not touch: Node, so that the compiler can take this file into its sandbox.

export type Moment = "begin" | "step" | "end"

export interface BenchSteps {
  mark(id: string, moment: Moment): void
  hangOnce(): Promise<void>
  ended(): void
}

const PLACE = Symbol.for("belay.bench.steps")

export function setBenchSteps(steps: BenchSteps): void {
  Reflect.set(globalThis, PLACE, steps)
}

/** @throws Error outside the server's process */
export function benchSteps(): BenchSteps {
  const steps = Reflect.get(globalThis, PLACE) as BenchSteps | undefined
  if (steps === undefined) throw new Error("The steps run outside the bench's server.")
  return steps
}
