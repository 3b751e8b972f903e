// The integer ranges of the ledger, one name each.
// Owns: the largest value of every width. Touches nothing.

export const U16_MAX = 65_535
export const U32_MAX = 4_294_967_295
/** Timestamps in nanoseconds are unsigned but keep the highest bit clear. */
export const U63_MAX = 2n ** 63n - 1n
export const U64_MAX = 2n ** 64n - 1n
export const U128_MAX = 2n ** 128n - 1n

/** As the amount of a post or of a balancing transfer: all there is. */
export const AMOUNT_MAX = 2n ** 128n - 1n

export const NANOSECONDS_PER_MILLISECOND = 1_000_000n
export const NANOSECONDS_PER_SECOND = 1_000_000_000n
