// Faraway step: a step whose fault lies in another file than the one that calls it.

export async function faraway(): Promise<never> {
  return stumble("far away")
}

function stumble(where: string): never {
  throw new TypeError(`It stumbled ${where}.`)
}
