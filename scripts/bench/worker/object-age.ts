// Object age: how long the run object that was made last has been there.
// Owns: one moment. Right after a restart, when a single run comes back, it is that run's.

let madeMs = Number.NaN

export function noteMade(): void {
  madeMs = performance.now()
}

export function sinceMadeMs(): number {
  return performance.now() - madeMs
}
