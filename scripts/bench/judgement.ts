// Judgement: whether a target holds by what was measured, and by how much it is missed.
// Owns: the verdicts, which medians decide. Must not touch: the targets themselves.

import { BELAY, readingsOf, timesAsFast, timesTheCost, valuesOf, type Figure } from "./figure.ts"
import { gapRatio } from "./flatness.ts"
import type { PeerNote } from "./report.ts"
import { TARGETS, type Bound, type Target } from "./targets.ts"

export interface Judgement {
  readonly workload: string
  readonly what: string
  /** Absent where it was not measured. */
  readonly holds?: boolean
  /** What was measured, in words. */
  readonly found: string
}

interface Verdict {
  readonly found: string
  /** How much there is too much (or too little) of it, as a factor; at most 1 holds. */
  readonly excess: number
}

export function judge(figures: readonly Figure[], peers: readonly PeerNote[]): Judgement[] {
  const measured = new Set(figures.map(({ id }) => id))
  return TARGETS.filter(({ bound }) => measured.has(bound.figure)).map((target) =>
    judgeOne(target, figures, peers),
  )
}

function judgeOne(
  { workload, what, bound }: Target,
  figures: readonly Figure[],
  peers: readonly PeerNote[],
): Judgement {
  const verdict = verdictOn(bound, figures, peers)
  if (verdict === undefined) return { workload, what, found: "not measured" }
  const holds = verdict.excess <= 1
  const missed = holds ? "" : `; misses by ${((verdict.excess - 1) * 100).toFixed(0)} %`
  return { workload, what, holds, found: verdict.found + missed }
}

function verdictOn(
  bound: Bound,
  figures: readonly Figure[],
  peers: readonly PeerNote[],
): Verdict | undefined {
  const figure = figures.find(({ id }) => id === bound.figure)
  if (figure === undefined) return undefined
  switch (bound.kind) {
    case "value": {
      const value = valuesOf(figure, BELAY)?.median
      if (value === undefined) return undefined
      return { found: `${Number(value.toFixed(3))} ${figure.unit}`, excess: value / bound.atMost }
    }
    case "cost": {
      const times = timesTheCost(figure, BELAY, bound.over)?.median
      if (times === undefined) return undefined
      return { found: `${times.toFixed(2)} ×`, excess: times / bound.atMost }
    }
    case "flat": {
      const early = figures.find(({ id }) => id === bound.over)
      const [first, second] = [early, figure].map((each) =>
        readingsOf(each, BELAY).map(({ value }) => value),
      )
      const times = gapRatio(first ?? [], second ?? [])
      if (Number.isNaN(times)) return undefined
      return { found: `${times.toFixed(2)} ×`, excess: times / (1 + bound.within) }
    }
    case "faster":
      return verdictBesidePeers(bound, figure, peers)
  }
}

function verdictBesidePeers(
  { than, butPeer, atLeast }: Extract<Bound, { kind: "faster" }>,
  figure: Figure,
  peers: readonly PeerNote[],
): Verdict | undefined {
  const rivals = peers.filter(({ name, isDurable }) => {
    if (name === butPeer) return false
    if (typeof than === "object") return name === than.peer
    return than === "all peers" || isDurable === true
  })
  const nearest = rivals
    .map(({ name }) => ({ name, times: timesAsFast(figure, BELAY, name)?.median }))
    .filter((each): each is { name: string; times: number } => each.times !== undefined)
    .sort((left, right) => left.times - right.times)[0]
  if (nearest === undefined) return undefined
  const found = `${nearest.times.toFixed(nearest.times < 10 ? 2 : 0)} × ${nearest.name}`
  return { found, excess: atLeast / nearest.times }
}
