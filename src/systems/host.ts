// Host: what a system's routes are given by the composition root: the only door between a system and the rest.
// Owns: the shape. Must not touch: how runs are stored, how a body is read, who may call.

import type { Fault } from "../engine/ports/ports.ts"
import type { Runs } from "../engine/ports/runs.ts"
import type { TraceContext } from "../engine/ports/trace-context.ts"

export interface SystemHost {
  readonly runs: Runs
  /** The JSON body, `undefined` when there is none. @throws BelayError invalid_request, body_too_large */
  readBody(request: Request, bytesMax?: number): Promise<unknown>
  /** The decoded path segment at `index` (0 is the first). @throws BelayError invalid_id */
  pathSegment(request: Request, index: number): string
  /** `?wait=` in ms: `undefined` when absent, cut at 30,000. @throws BelayError invalid_request */
  waitMs(request: Request): number | undefined
  /** The faults of `x-belay-fault`; none unless this is a development server. @throws BelayError invalid_request */
  faults(request: Request): readonly Fault[]
  /** The caller's W3C trace context; `undefined` when it sent none that can be read. */
  trace(request: Request): TraceContext | undefined
}

/** The Hono environment of a system's routes: `c.get("host")`, `c.env`. */
export interface SystemEnvironment {
  Bindings: Cloudflare.Env
  Variables: { host: SystemHost }
}
