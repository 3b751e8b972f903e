// Effects: what the tests' own steps do to the outside, and what has arrived there.

import { env } from "cloudflare:workers"
import type { Arrival, EffectsObject } from "./effects-object.ts"
import { registry } from "./registry.ts"

/** The dependency "effects" of the tests' steps: makes the effect of a key once. */
export interface Effects {
  apply(key: string, attempt: number): Promise<number>
  /** The object that should make the effect dies under the call. */
  die(key: string): Promise<never>
}

// One object of effects a run: its own environment leads the run there, through the tap.
registry.setDependency("effects", (appEnv: Cloudflare.Env) => ({
  apply: (key: string, attempt: number) =>
    appEnv.EFFECTS.get(appEnv.EFFECTS.idFromName(runIdOf(key))).apply(key, attempt),
  die: (key: string) => appEnv.EFFECTS.get(appEnv.EFFECTS.idFromName(runIdOf(key))).die(),
}))

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
