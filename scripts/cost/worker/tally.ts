// Tally: what each object has used, from the storage's own counters and from the calls that reach it.
// Owns: the counting. It shadows methods of the object's storage and of its class, and changes nothing else. It lives in
// the isolate and not in the object, so that it outlives the object's memory.

export type Kind = "run" | "shard" | "account"

export interface Tally {
  readonly kind: Kind
  readonly name: string
  rowsWritten: number
  alarmsSet: number
  rowsRead: number
  /** Calls and alarms that reached the object: each is a request. */
  calls: number
  alarms: number
  /** Those of the calls with which the index reads a run. */
  looks: number
  /** In which a call or an alarm was under way, each moment once. */
  activeMs: number
  databaseBytes: number
  lives: number
}

type Method = (...args: unknown[]) => unknown

const LOOKS: ReadonlySet<string> = new Set(["card", "expire"])

const taps = new WeakMap<object, Tap>()

const tallies = new Map<string, Tally>()

export function tallied(): Tally[] {
  return [...tallies.values()].map((tally) => ({ ...tally }))
}

export function forgetTallies(): void {
  tallies.clear()
}

/** Call it before the object reads its storage for the first time, and hand it to `countCalls` after that. */
export function countRows(ctx: DurableObjectState, kind: Kind): Tap {
  return new Tap(ctx, kind)
}

export function countCalls(object: object, tap: Tap): void {
  taps.set(object, tap)
}

/** From now on the calls of these methods are counted, for the objects of this class. */
export function tapMethods(Counted: { readonly prototype: object }, Plain: object): void {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(Plain))) {
    if (name === "constructor" || typeof value !== "function") continue
    const method = value as Method
    Object.defineProperty(Counted.prototype, name, {
      value(this: object, ...args: unknown[]): unknown {
        const work = () => method.apply(this, args)
        return taps.get(this)?.during(name, work) ?? work()
      },
    })
  }
}

export class Tap {
  readonly #storage: DurableObjectStorage
  readonly #key: string
  readonly #kind: Kind
  readonly #name: string
  #underWay = 0
  #sinceMs = 0
  #cursors: { readonly rowsRead: number }[] = []

  constructor(ctx: DurableObjectState, kind: Kind) {
    this.#storage = ctx.storage
    this.#key = ctx.id.toString()
    this.#kind = kind
    this.#name = ctx.id.name ?? ""
    this.#tally.lives++
    this.#tapStorage()
  }

  async during(method: string, work: () => unknown): Promise<unknown> {
    if (method === "alarm") this.#tally.alarms++
    else this.#tally.calls++
    if (LOOKS.has(method)) this.#tally.looks++
    if (this.#underWay++ === 0) this.#sinceMs = Date.now()
    try {
      return await work()
    } finally {
      // What the event has begun is told in the turn after it.
      await Promise.resolve()
      this.#read()
      const tally = this.#tally
      tally.databaseBytes = this.#storage.sql.databaseSize
      if (--this.#underWay === 0) tally.activeMs += Date.now() - this.#sinceMs
    }
  }

  get #tally(): Tally {
    const found = tallies.get(this.#key)
    if (found !== undefined) return found
    const made: Tally = {
      kind: this.#kind,
      name: this.#name,
      rowsWritten: 0,
      alarmsSet: 0,
      rowsRead: 0,
      calls: 0,
      alarms: 0,
      looks: 0,
      activeMs: 0,
      databaseBytes: 0,
      lives: 0,
    }
    tallies.set(this.#key, made)
    return made
  }

  #tapStorage(): void {
    const storage = this.#storage
    const { sql } = storage
    const exec = sql.exec.bind(sql)
    const setAlarm = storage.setAlarm.bind(storage)
    sql.exec = <Row extends Record<string, SqlStorageValue>>(
      query: string,
      ...bindings: unknown[]
    ) => {
      this.#read()
      const cursor = exec<Row>(query, ...bindings)
      this.#tally.rowsWritten += cursor.rowsWritten
      this.#cursors.push(cursor)
      return cursor
    }
    storage.setAlarm = (time, options) => {
      this.#tally.alarmsSet++
      return setAlarm(time, options)
    }
  }

  /** Rows count as they are read: those of a statement are known when the next one comes. */
  #read(): void {
    for (const { rowsRead } of this.#cursors.splice(0)) this.#tally.rowsRead += rowsRead
  }
}
