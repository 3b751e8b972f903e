// Mutation: a fault put into the source on purpose, to see that the simulator finds it.
// Owns: the shape alone. A mutation that nothing finds is a hole in the programs or in the promises that are checked.

export interface Mutation {
  readonly name: string
  /** What it breaks, in words. */
  readonly what: string
  /** Below `src`. */
  readonly file: string
  /** Text that occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** A seed whose world shows it; without the mutation the same seed finds nothing. */
  readonly seed: number
}
