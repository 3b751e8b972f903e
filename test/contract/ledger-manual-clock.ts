// A clock for ledgers that moves only when a test says so.

const NS_PER_SECOND = 1e9

export class ManualClock {
  #ns = BigInt(Date.now()) * 1_000_000n

  readonly now = (): bigint => this.#ns

  readonly advance = async (seconds: number): Promise<void> => {
    this.#ns += BigInt(Math.round(seconds * NS_PER_SECOND))
  }

  /** To this moment, in ns since 1970. */
  readonly advanceTo = async (timestamp: bigint): Promise<void> => {
    this.#ns = timestamp
  }
}
