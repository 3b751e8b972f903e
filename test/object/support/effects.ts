// Effects: what the tests' own steps do to the outside, and what has arrived there.

import { env } from "cloudflare:workers"
import type { Arrival, EffectsObject } from "./effects-object.ts"
import { registry } from "./registry.ts"

/** The dependency "effects" of the tests' steps: makes the effect of a key once. */
export interface Effects {
  apply(key: string, attempt: number): Promise<number>
  /** The object that should make the effect dies under the call. */
  die(key: string, reason?: string): Promise<never>
  /** An object that the object calls dies. */
  dieBehind(key: string, reason: string): Promise<never>
  /** The object throws an error of its own. */
  fail(key: string, message: string, marks: object): Promise<never>
}

// One object of effects a run: its own environment leads the run there, through the tap.
registry.setDependency("effects", ({ EFFECTS }: Cloudflare.Env): Effects => {
  const of = (key: string) => EFFECTS.get(EFFECTS.idFromName(runIdOf(key)))
  return {
    apply: (key, attempt) => of(key).apply(key, attempt),
    die: (key, reason) => of(key).die(reason),
    dieBehind: (key, reason) => of(key).dieBehind(reason),
    fail: (key, message, marks) => of(key).fail(message, marks),
  }
})

/** An idempotency key begins with the run's id. */
function runIdOf(key: string): string {
  return decodeURIComponent(key.slice(0, key.indexOf("/")))
}

/** Keys of the effects that were made. */
export async function effectsOf(runId: string): Promise<string[]> {
  return (await effectsStub(runId).seen()).rows
}

/** Every attempt that reached the outside, in order. */
export async function arrivalsOf(runId: string): Promise<Arrival[]> {
  return (await effectsStub(runId).seen()).arrivals
}

function effectsStub(runId: string): DurableObjectStub<EffectsObject> {
  return env.EFFECTS.get(env.EFFECTS.idFromName(runId))
}
