// Woken: how late whoever slept has gone on, of all objects of this process.
// Owns: a list per kind, in memory: to write it down would be measured with the rest.

const KINDS = { runs: [] as number[], floor: [] as number[] }

export type Sleeping = keyof typeof KINDS

export function noteWoken(kind: Sleeping, latenessMs: number): number {
  return KINDS[kind].push(latenessMs)
}

export function isSleeping(kind: string): kind is Sleeping {
  return Object.hasOwn(KINDS, kind)
}

export function countWoken(kind: Sleeping): number {
  return KINDS[kind].length
}

/** Gives them all and forgets them. */
export function takeWoken(kind: Sleeping): number[] {
  return KINDS[kind].splice(0)
}
