// Request figures: what this isolate has answered, and how long it took.
// Owns: the counts, in memory: an isolate shares none with another, and takes its own along when it goes.
//   F1. Labels come from closed sets: methods, the patterns of routes, statuses. No id, no token, no path as it was asked.
//   F2. To count is to add to a number; text is made when somebody asks for it.

import type { MetricText } from "./metric-text.ts"

/** A request as it was answered. */
export interface AnsweredRequest {
  readonly method: string
  /** The route's pattern; `NO_ROUTE` where there is none. */
  readonly route: string
  readonly status: number
  readonly durationMs: number
}

/** What was asked for and is not there: its path is anybody's text. */
export const NO_ROUTE = "none"

const METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
])

const BOUNDS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

interface Durations {
  readonly route: string
  readonly method: string
  readonly counts: number[]
  sum: number
}

export class RequestFigures {
  readonly #counts = new Map<string, AnsweredRequest & { count: number }>()
  readonly #durations = new Map<string, Durations>()
  /** Names this isolate, so that the counts of several are not taken for one that jumps back. */
  #isolate: string | undefined

  note(request: AnsweredRequest): void {
    const method = METHODS.has(request.method) ? request.method : "other"
    const { route, status, durationMs } = request
    const key = `${method} ${route}`
    const counted = this.#counts.get(`${key} ${status}`)
    if (counted === undefined) {
      this.#counts.set(`${key} ${status}`, { ...request, method, count: 1 })
    } else counted.count++
    let durations = this.#durations.get(key)
    if (durations === undefined) {
      const counts = Array.from({ length: BOUNDS_SECONDS.length + 1 }, () => 0)
      durations = { route, method, counts, sum: 0 }
      this.#durations.set(key, durations)
    }
    const seconds = durationMs / 1_000
    const found = BOUNDS_SECONDS.findIndex((bound) => seconds <= bound)
    const index = found === -1 ? BOUNDS_SECONDS.length : found
    durations.counts[index] = (durations.counts[index] ?? 0) + 1
    durations.sum += seconds
  }

  write(text: MetricText): void {
    const isolate = (this.#isolate ??= crypto.randomUUID().slice(0, 8))
    text.counter(
      "belay_http_requests_total",
      "Requests this isolate has answered, by method, route and status.",
      [...this.#counts.values()].map(({ method, route, status, count }) => ({
        labels: { isolate, method, route, status: String(status) },
        value: count,
      })),
    )
    text.histogram(
      "belay_http_request_duration_seconds",
      "From a request's arrival in this isolate to the head of its answer, by method and route.",
      BOUNDS_SECONDS,
      [...this.#durations.values()].map(({ method, route, counts, sum }) => ({
        labels: { isolate, method, route },
        counts,
        sum,
      })),
    )
  }
}
