// Attempted: what code of the user's gave or threw, as a value.
// Never used around the store: when that throws, the drive ends.

export type Attempted<T> = { readonly value: T } | { readonly thrown: unknown }

export function attempted<T>(work: () => T): Attempted<T> {
  try {
    return { value: work() }
  } catch (thrown) {
    return { thrown }
  }
}
