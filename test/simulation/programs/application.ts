// Application: the code of each release of the simulated Worker: its workflows, registered as a Worker registers them.
// Owns: what a deploy changes. Must not touch: what a program does (interpreter.ts).
//   - `program`: release 2 brings version 2 and changed code behind patch markers; release 3 takes the markers of
//     version 2 off again
//   - `limited`: the same under a concurrency limit and a rate for each lane
//   - `changing`: its code changes without a marker, which must be noticed

import type { Context } from "../../../src/engine/workflow/context.ts"
import { Registry } from "../../../src/engine/workflow/registry.ts"
import { createLimiterObject } from "../../../src/object/limiter/limiter-object.ts"
import { createIndexObject } from "../../../src/object/run-index/index-object.ts"
import { shardsOf } from "../../../src/object/run-index/shards.ts"
import { createRunObject } from "../../../src/object/run/run-object.ts"
import { createRuns, type RunDoor } from "../../../src/object/runs-client.ts"
import { DIRECTORY_NAME } from "../../../src/object/schedule/directory.ts"
import { createScheduleObject } from "../../../src/object/schedule/schedule-object.ts"
import type { Application } from "../words.ts"
import { PROGRAM } from "./calls.ts"
import { Interpreter, type Changes } from "./interpreter.ts"
import type { ProgramInput } from "./program.ts"

export const LIMITED = "limited"
export const CHANGING = "changing"

/** The code of a release. */
export type Release = 1 | 2 | 3

/** How long an ended run of the limited workflow is kept: short enough that it goes in most worlds. */
const RETENTION_MS = 120_000

export function registryOf(release: Release): Registry {
  const registry = new Registry()
  const known: Changes = release === 1 ? "none" : "asked"
  registry.register(PROGRAM, workflow(known), { retentionMs: Infinity })
  if (release > 1) {
    const version2 = workflow(release === 2 ? "asked" : "past")
    registry.register(PROGRAM, version2, { version: 2, retentionMs: Infinity })
  }
  registry.register(LIMITED, workflow("none"), {
    retentionMs: RETENTION_MS,
    limits: {
      key: (input: ProgramInput) => input.lane ?? "only",
      concurrency: 2,
      rate: { starts: 3, perMs: 5_000 },
    },
  })
  const unmarked = release === 1 ? "none" : "unmarked"
  registry.register(CHANGING, workflow(unmarked), { retentionMs: Infinity })
  return registry
}

function workflow(changes: Changes) {
  return function* program(ctx: Context, input: ProgramInput) {
    return yield* new Interpreter(ctx, input, changes).run()
  }
}

/**
 * The object classes of a Worker with these workflows, as belay.ts makes them.
 * @param isIndexed an index hears of its runs
 */
export function applicationOf(registry: Registry, isIndexed = false): Application {
  registry.setDependency("eye", (env: { EYE: unknown }) => env.EYE)
  registry.setDependency("outside", (env: { OUTSIDE: unknown }) => env.OUTSIDE)
  const run = (env: Cloudflare.Env, id: string) => env.RUNS.get(env.RUNS.idFromName(id))
  return {
    RUNS: createRunObject(registry, {
      eventText: () => "",
      namespaceOf: (env) => env.RUNS,
      limitersOf: (env: Partial<Cloudflare.Env>) => env.LIMITS,
      shardsOf: (env) => (isIndexed ? shardsOf(env) : undefined),
    }),
    LIMITS: createLimiterObject({ run }),
    SCHEDULES: createScheduleObject({
      runs: (env) => createRuns((id): RunDoor => run(env, id)),
      directory: (env) => schedulesOf(env).get(schedulesOf(env).idFromName(DIRECTORY_NAME)),
    }),
    ...(isIndexed ? { INDEX: createIndexObject({ run, namespaceOf: (env) => env.INDEX }) } : {}),
  }
}

function schedulesOf(env: Cloudflare.Env) {
  const { SCHEDULES } = env
  if (SCHEDULES === undefined) throw new Error("The simulated Worker has no binding SCHEDULES.")
  return SCHEDULES
}
