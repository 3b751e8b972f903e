// Report: all that a run of the bench has measured, as the JSON that the page and the plots are made of.
// Owns: its shape. Must not touch: measuring.

import type { Figure } from "./figure.ts"
import type { Judgement } from "./judgement.ts"
import type { Machine } from "./versions.ts"

/** What a reader must know of a peer. */
export interface PeerNote {
  /** As its figures name it. */
  readonly name: string
  /** With its version; the short name where it did not start. */
  readonly fullName: string
  readonly isDurable?: boolean
  readonly setup?: string
  /** Why it was not measured. */
  readonly skipped?: string
}

export interface WorkloadReport {
  readonly name: string
  readonly title: string
  readonly tookSeconds: number
  readonly figures: readonly Figure[]
}

export interface Report {
  readonly at: string
  readonly isQuick: boolean
  readonly machine: Machine
  readonly peers: readonly PeerNote[]
  readonly workloads: readonly WorkloadReport[]
  readonly judgements: readonly Judgement[]
}

export function figureOf(report: Report, id: string): Figure | undefined {
  return report.workloads.flatMap(({ figures }) => figures).find((figure) => figure.id === id)
}
