// Seeded random: numbers that look random and are the same for each seed, so that a failure can be repeated.

/** From 0 to below 1, like `Math.random`. */
export type Random = () => number

export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
}

/** A whole number from `min` to `max`, both included. */
export function between(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1))
}

/** One of them. @throws Error when there is none */
export function oneOf<T>(random: Random, items: readonly T[]): T {
  const item = items[between(random, 0, items.length - 1)]
  if (item === undefined) throw new Error("There is nothing to choose from.")
  return item
}
