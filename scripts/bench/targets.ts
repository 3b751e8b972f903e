// Targets: what Belay is measured against, all of it, in this one file. The bench judges by them, the page shows them, and
// the guard of the tests keeps to those that need no peer.
// Owns: the numbers. Must not touch: how a figure is had (workloads/) and how a judgement is shown.

/** Rows a run may write, alarms included. */
export const ROWS_MAX = { start: 3, end: 2, syncStep: 0.05, asyncStep: 2 } as const

/** How much the gap between steps may differ between the earliest position and a later one, as a share. */
export const GAP_SHARE_MAX = 0.1

export type Bound =
  /** Belay's value itself. */
  | { readonly kind: "value"; readonly figure: string; readonly atMost: number }
  /** Belay's cost over another contender's: 1.25 is a quarter more time. */
  | {
      readonly kind: "cost"
      readonly figure: string
      readonly over: string
      readonly atMost: number
    }
  /** As many times as fast as each peer, or as each durable one. */
  | {
      readonly kind: "faster"
      readonly figure: string
      readonly than: "durable peers" | "all peers" | { readonly peer: string }
      readonly butPeer?: string
      readonly atLeast: number
    }
  /** Belay's value in one figure over that in another. */
  | {
      readonly kind: "flat"
      readonly figure: string
      readonly over: string
      readonly within: number
    }

export interface Target {
  readonly workload: string
  /** In words, with its number. */
  readonly what: string
  readonly bound: Bound
}

const FLOOR = "floor"
const CLOUDFLARE = "cloudflare-workflows"

const faster = (
  figure: string,
  atLeast: number,
  than: "durable peers" | "all peers" = "durable peers",
): Bound => ({ kind: "faster", figure, than, atLeast })

const cost = (figure: string, atMost: number): Bound => ({
  kind: "cost",
  figure,
  over: FLOOR,
  atMost,
})

const sequenceTargets = (kind: "sync" | "async", word: string): Target[] => {
  const figure = `W2 ${kind} 10000`
  return [
    {
      workload: "W2",
      what: `${word}: at least 300 × Cloudflare Workflows, locally`,
      bound: { kind: "faster", figure, than: { peer: CLOUDFLARE }, atLeast: 300 },
    },
    {
      workload: "W2",
      what: `${word}: at least 10 × the next durable peer`,
      bound: { kind: "faster", figure, than: "durable peers", butPeer: CLOUDFLARE, atLeast: 10 },
    },
    {
      workload: "W2",
      what: `${word}: at most 1.5 × a bare loop with the same inserts`,
      bound: cost(figure, 1.5),
    },
    {
      workload: "W2",
      what: `${word}: the gap at 100,000 within 10 % of that at 10`,
      bound: {
        kind: "flat",
        figure: `W2 gap ${kind} 100000`,
        over: `W2 gap ${kind} 10`,
        within: GAP_SHARE_MAX,
      },
    },
  ]
}

export const TARGETS: readonly Target[] = [
  { workload: "W1", what: "p50 at most 1.25 × the floor", bound: cost("W1 p50", 1.25) },
  {
    workload: "W1",
    what: "p50 at least 3 × as fast as every durable peer",
    bound: faster("W1 p50", 3),
  },
  {
    workload: "W1",
    what: "64 callers: at least 80 % of the floor's rate",
    bound: cost("W1 rate", 1.25),
  },
  {
    workload: "W1",
    what: "64 callers: ahead of every durable peer",
    bound: faster("W1 rate", 1),
  },
  ...sequenceTargets("sync", "synchronous"),
  ...sequenceTargets("async", "asynchronous"),
  {
    workload: "W3",
    what: "10,000 recorded steps: running again within 1 s",
    bound: { kind: "value", figure: "W3 resume 10000", atMost: 1_000 },
  },
  {
    workload: "W3",
    what: "10,000 recorded steps: at least 4 × as fast as every durable peer",
    bound: faster("W3 resume 10000", 4),
  },
  {
    workload: "W3",
    what: "100,000 recorded steps: replay at most 3 × reading the rows",
    bound: cost("W3 replay 100000", 3),
  },
  {
    workload: "W4",
    what: "1,000 asleep: lateness p99 at most 2 × that of bare alarms",
    bound: cost("W4 late p99 1000", 2),
  },
  {
    workload: "W4",
    what: "10,000 asleep: lateness p99 at most 2 × that of bare alarms",
    bound: cost("W4 late p99 10000", 2),
  },
  {
    workload: "W5",
    what: "100 × 10 ms in at most 20 ms",
    bound: { kind: "value", figure: "W5 100", atMost: 20 },
  },
  {
    workload: "W5",
    what: "100 × 10 ms: ahead of every peer",
    bound: faster("W5 100", 1, "all peers"),
  },
  {
    workload: "rows",
    what: `a start writes at most ${ROWS_MAX.start} rows`,
    bound: { kind: "value", figure: "rows start", atMost: ROWS_MAX.start },
  },
  {
    workload: "rows",
    what: `a start and an end write at most ${ROWS_MAX.start + ROWS_MAX.end} rows`,
    bound: { kind: "value", figure: "rows startAndEnd", atMost: ROWS_MAX.start + ROWS_MAX.end },
  },
  {
    workload: "rows",
    what: `a synchronous step in a sequence writes at most ${ROWS_MAX.syncStep} rows`,
    bound: { kind: "value", figure: "rows syncStep", atMost: ROWS_MAX.syncStep },
  },
  {
    workload: "rows",
    what: `an asynchronous step writes at most ${ROWS_MAX.asyncStep} rows`,
    bound: { kind: "value", figure: "rows asyncStep", atMost: ROWS_MAX.asyncStep },
  },
]
