// Relay figures: what the rounds of the relay's section have measured, and how it is told.

import { FLOOR, type Figure, type Line } from "../figure.ts"
import type { ServerKind } from "./messages.ts"

/** In the order of the table. */
const NAMES: Readonly<Record<ServerKind, string>> = {
  floor: FLOOR,
  instant: "relay, ledger answers at once",
  memory: "relay, embedded, memory",
  file: "relay, embedded, file",
  tigerbeetle: "relay, TigerBeetle",
}

const KINDS = Object.keys(NAMES) as ServerKind[]

/** One server at one size of request in one round. */
export interface RelaySample {
  readonly requestsPerSecond: number
  /** Time of the server's processor for one request, in µs. */
  readonly cpuUs: number
  /** Share of the time in which the load's own process was busy. */
  readonly loadShare: number
}

/** The same in all rounds. */
export interface RelayFigure {
  readonly kind: ServerKind
  readonly eventsPerRequest: number
  readonly samples: RelaySample[]
}

export function noteSample(
  figures: RelayFigure[],
  kind: ServerKind,
  eventsPerRequest: number,
  sample: RelaySample,
): void {
  const figure = figureOf(figures, kind, eventsPerRequest)
  if (figure === undefined) figures.push({ kind, eventsPerRequest, samples: [sample] })
  else figure.samples.push(sample)
}

/** As the bench shows figures: for each size of request, the kinds of servers are the contenders. */
export function relayFigures(figures: readonly RelayFigure[]): Figure[] {
  const sizes = [...new Set(figures.map(({ eventsPerRequest }) => eventsPerRequest))]
  return sizes.flatMap((size) => {
    const events = `${size.toLocaleString("en")} ${size === 1 ? "transfer" : "transfers"} each`
    const lines = (value: (sample: RelaySample) => number): Line[] =>
      KINDS.map((kind) => lineOf(kind, figureOf(figures, kind, size)?.samples ?? [], value))
    return [
      {
        id: `W7 rate ${size}`,
        what: `requests a second, ${events}`,
        unit: "/s",
        lines: lines(({ requestsPerSecond }) => requestsPerSecond),
      },
      {
        id: `W7 cpu ${size}`,
        what: `processor's time for a request, ${events}`,
        unit: "µs",
        lines: lines(({ cpuUs }) => cpuUs),
      },
      {
        id: `W7 load ${size}`,
        what: `how busy the load's own process was, ${events}`,
        unit: "%",
        lines: lines(({ loadShare }) => loadShare * 100),
      },
    ]
  })
}

function lineOf(
  kind: ServerKind,
  samples: readonly RelaySample[],
  value: (sample: RelaySample) => number,
): Line {
  const readings = samples.map((sample, round) => ({ round, value: value(sample) }))
  const reason = kind === "tigerbeetle" ? "TB_ADDRESS is not set" : "nothing was answered"
  return {
    contender: NAMES[kind],
    readings,
    ...(readings.length === 0 ? { reason } : {}),
  }
}

function figureOf(
  figures: readonly RelayFigure[],
  kind: ServerKind,
  eventsPerRequest: number,
): RelayFigure | undefined {
  return figures.find(
    (figure) => figure.kind === kind && figure.eventsPerRequest === eventsPerRequest,
  )
}
