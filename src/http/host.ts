// Host: the door through which a system's routes reach runs, bodies, ids and faults.
// Owns: nothing of its own; it hands out what http and the engine's port already do, for one environment.

import type { Runs } from "../engine/ports/runs.ts"
import type { SystemHost } from "../systems/host.ts"
import { readJsonBody } from "./body.ts"
import { readFaults } from "./faults.ts"
import { pathSegment } from "./path.ts"
import { readWaitMs } from "./query.ts"
import { readTrace } from "./trace-headers.ts"

export function createHost(runs: Runs, env: Cloudflare.Env): SystemHost {
  return {
    runs,
    readBody: readJsonBody,
    pathSegment: (request, index) => pathSegment(request, index),
    waitMs: readWaitMs,
    faults: (request) => readFaults(request, env),
    trace: readTrace,
  }
}
