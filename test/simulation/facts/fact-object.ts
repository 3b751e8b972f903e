// Fact object: the smallest object that shows a fact of the platform, and what a fact's play has in common.
// Owns: types and shared parts. It knows no code of ours but the platform's words.

import type { Outside, Play, World } from "../words.ts"

/** What of `ctx` the facts use. */
interface FactContext {
  readonly storage: {
    readonly sql: { exec(text: string, ...values: unknown[]): { toArray(): unknown[] } }
    transactionSync<T>(work: () => T): T
    setAlarm(atMs: number): Promise<void>
    getAlarm(): Promise<number | null>
    sync(): Promise<void>
  }
  abort(reason: string): void
}

export interface FactEnv {
  readonly OBJECTS: {
    idFromName(name: string): { toString(): string }
    get(id: { toString(): string }): Record<string, (...input: unknown[]) => Promise<unknown>>
  }
  readonly OUTSIDE: Outside
}

export class FactObject {
  protected readonly state: FactContext
  protected readonly bindings: FactEnv

  constructor(ctx: FactContext, env: FactEnv) {
    this.state = ctx
    this.bindings = env
  }

  protected insert(number: number): void {
    const { sql } = this.state.storage
    sql.exec("CREATE TABLE IF NOT EXISTS numbers (n INTEGER PRIMARY KEY)")
    sql.exec("INSERT OR IGNORE INTO numbers VALUES (?)", number)
  }
}

/** Every fact is looked at through storms of this length. */
export const STORM = { calmAtMs: 60_000, endAtMs: 600_000 } as const satisfies Partial<Play>

/** Calls a method of the one object, and says what came. */
export async function ask(
  world: World,
  method: string,
  ...input: unknown[]
): Promise<{ readonly value: unknown } | { readonly error: unknown }> {
  const { OBJECTS } = world.env as FactEnv
  try {
    const value = await OBJECTS.get(OBJECTS.idFromName("one"))[method]?.(...input)
    return { value }
  } catch (error) {
    return { error }
  }
}

/** Whether the number stands on the disk of the one object. */
export function isStored(world: World, number: unknown): boolean {
  const object = world.object("OBJECTS", "one")
  if (object === undefined || !object.has("numbers")) return false
  return object.rows("SELECT n FROM numbers WHERE n = ?", Number(number)).length > 0
}

/** @throws Error saying so, unless it holds */
export function requireFact(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}
