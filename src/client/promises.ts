// Promises: settled from outside by their token, which is the right itself.

import type { Thrown } from "./run.ts"
import { SETTLED_PROMISE } from "./shapes.ts"
import type { Transport } from "./transport.ts"

/** How it is settled: by this request, or by an earlier one that came first. */
export interface SettledPromise {
  readonly status: "resolved" | "rejected" | "timed_out" | "cancelled"
  readonly value?: unknown
  readonly error?: Thrown
}

export async function settlePromise(
  transport: Transport,
  token: string,
  way: "resolve" | "reject",
  body: unknown,
): Promise<SettledPromise> {
  const { body: settled } = await transport.json<SettledPromise>({
    method: "POST",
    path: ["v1", "promises", token, way],
    body,
    shape: SETTLED_PROMISE,
    // The first settlement wins, and every later one is told it.
    isRepeatable: true,
  })
  return settled
}
