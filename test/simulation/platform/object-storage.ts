// Object storage: `ctx.storage` as an object's code sees it, over the object's database and alarm.
// Owns: the face. Must not touch: when anything is committed.
//   S1. Nothing here lets the event loop turn, but `sync`: what is written in one stretch is one commit.
//   S2. A dead instance's writes land in a transaction that is about to be undone.

import type { ObjectAlarm } from "./object-alarm.ts"
import { mannerOf, type ObjectDatabase } from "./object-database.ts"
import { alarmRefused, diskFull } from "./platform-errors.ts"
import { SqlCursor } from "./sql-cursor.ts"

/** What an object decides about its storage. */
export interface StorageWarden {
  /** A row is about to be written. @returns whether the disk refuses it */
  readonly refuses: () => boolean
  /** The alarm is about to be written. @returns whether that is refused */
  readonly refusesAlarm: () => boolean
  /** Resolves, in an event of its own, when all that was written is durable. */
  readonly synced: () => Promise<void>
}

export class ObjectStorage {
  readonly sql
  readonly #database: ObjectDatabase
  readonly #alarm: ObjectAlarm
  readonly #warden: StorageWarden

  constructor(database: ObjectDatabase, alarm: ObjectAlarm, warden: StorageWarden) {
    this.#database = database
    this.#alarm = alarm
    this.#warden = warden
    this.sql = {
      exec: (text: string, ...values: unknown[]) => this.#exec(text, values),
      get databaseSize() {
        return database.size
      },
    }
  }

  #exec(text: string, values: unknown[]): SqlCursor {
    const { isWrite, takesRoom } = mannerOf(text)
    if (isWrite && this.#warden.refuses() && takesRoom) throw diskFull()
    return new SqlCursor(this.#database.run(text, values))
  }

  transactionSync<T>(work: () => T): T {
    const pendingMs = this.#alarm.pendingMs
    try {
      return this.#database.atomically(work)
    } catch (error) {
      this.#alarm.restore(pendingMs)
      throw error
    }
  }

  async getAlarm(): Promise<number | null> {
    return this.#alarm.get()
  }

  async setAlarm(at: number | Date): Promise<void> {
    const atMs = Number(at)
    // As the platform does.
    if (!Number.isFinite(atMs) || atMs <= 0)
      throw new TypeError(`setAlarm() cannot be called with ${atMs}.`)
    this.#write(atMs)
  }

  async deleteAlarm(): Promise<void> {
    this.#write(null)
  }

  #write(atMs: number | null): void {
    if (this.#warden.refusesAlarm()) throw alarmRefused()
    this.#alarm.set(atMs)
  }

  /** The alarm goes, too, as it does since 2026-02-24. */
  async deleteAll(): Promise<void> {
    this.#database.begin()
    this.#database.dropAll()
    this.#alarm.set(null)
  }

  sync(): Promise<void> {
    return this.#warden.synced()
  }
}
