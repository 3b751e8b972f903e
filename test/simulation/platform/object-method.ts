// Object method: a method of an object's instance, called as the platform calls it.

/** What it throws at once is a rejection, too. */
export async function perform(
  self: object,
  method: string,
  input: readonly unknown[],
): Promise<unknown> {
  const door: unknown = (self as Record<string, unknown>)[method]
  if (typeof door !== "function") {
    throw new TypeError(`The receiver is no RPC method: "${method}".`)
  }
  return Reflect.apply(door, self, input)
}
