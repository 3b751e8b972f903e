// Instance: one life of an object: the class instance in memory, and what belongs to it alone.
// Owns: whether it lives, and the calls it has not answered.
//   I1. Once dead it stays dead: whatever it still does is done by a ghost and reaches nothing.

import type { Call } from "./call.ts"
import type { Party } from "./stage.ts"

/** What an instance needs of the object it is a life of. */
export interface InstanceHome {
  readonly binding: string
  readonly name: string
  readonly label: string
  readonly outgoing: (() => void)[]
  enter(what: string, work: () => void): void
}

export class Instance implements Party {
  readonly label: string
  readonly binding: string
  readonly name: string
  readonly life: number
  /** The version of the code that it runs. */
  readonly version: number
  /** Calls that it is about, or whose answers have not left. */
  readonly calls = new Set<Call>()
  pending = 0
  /** The object that user code has made; `undefined` until its constructor has returned. */
  self: object | undefined
  isAlive = true
  /** A write was refused in this life: what it throws then is nobody's fault. */
  wasRefused = false
  readonly #home: InstanceHome

  constructor(home: InstanceHome, life: number, version: number) {
    this.#home = home
    this.binding = home.binding
    this.name = home.name
    this.label = `${home.label}#${life}`
    this.life = life
    this.version = version
  }

  send(leave: () => void): void {
    if (this.isAlive) this.#home.outgoing.push(leave)
  }

  enter(what: string, work: () => void): void {
    this.#home.enter(what, work)
  }
}
