// Read port: a port that a person set.

/** @throws Error naming the variable */
export function readPort(name: string, text: string): number {
  const port = Number(text)
  if (/^[0-9]{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port
  throw new Error(`${name}: expected a whole number 1..65535, got "${text}".`)
}
