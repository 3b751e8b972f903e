// Assumptions: what nobody can count in a run, and is needed for its price.
// Owns: the numbers, each with its reason; they are printed wherever a price is.

import { RETENTION_MS_DEFAULT } from "../../src/engine/limits.ts"

/** The code of a Worker's request or of a step, without what it waits for. The same on both sides. */
export const CPU_MS_PER_REQUEST = 1
export const CPU_MS_PER_STEP = 1

/** How long what has ended is kept unless somebody says otherwise; theirs by Cloudflare's page on the limits of Workflows. */
export const STORED_DAYS = RETENTION_MS_DEFAULT / (24 * 60 * 60 * 1_000)
export const WORKFLOWS_STORED_DAYS = 7

/** A database without a row, by the platform's questions and answers about prices. */
export const EMPTY_DATABASE_BYTES = 12_000

/** What an object does for one event beside waiting for others: it is billed by the clock for that, too. */
export const ACTIVE_MS_PER_EVENT = 5

export const ASSUMED = [
  `${CPU_MS_PER_REQUEST} ms of CPU for a request to the Worker, and ${CPU_MS_PER_STEP} ms for a step of Cloudflare Workflows`,
  `stored for ${STORED_DAYS} days here and ${WORKFLOWS_STORED_DAYS} there after the end, the defaults of both`,
] as const
