// Relay figures: what the rounds of the relay's section have measured, and how it is told.

import { median, spread } from "../statistics.ts"
import { printTable } from "../../support/table.ts"
import type { ServerKind } from "./messages.ts"

/** In the order of the table. */
const NAMES: Readonly<Record<ServerKind, string>> = {
  floor: "floor: node:http alone",
  instant: "relay, ledger answers at once",
  memory: "relay, embedded, memory",
  file: "relay, embedded, file",
  tigerbeetle: "relay, TigerBeetle",
}

const HEADER = [
  "events",
  "create_transfers",
  "requests/s",
  "events/s",
  "of the floor",
  "CPU µs/request",
  "of the floor",
  "load's CPU",
]

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

export function showRelay(figures: readonly RelayFigure[]): void {
  const sizes = [...new Set(figures.map(({ eventsPerRequest }) => eventsPerRequest))]
  const kinds = Object.keys(NAMES) as ServerKind[]
  const rows = sizes.flatMap((size) => {
    const floor = figureOf(figures, "floor", size)?.samples ?? []
    return kinds
      .map((kind) => figureOf(figures, kind, size))
      .filter((figure) => figure !== undefined)
      .map((figure) => row(figure, floor))
  })
  printTable(HEADER, rows)
  console.log(
    "Medians (lowest–highest round); of the floor: taken within each round, 1 is as fast, 0.70 is wanted of a ledger\n" +
      "that answers at once. The floor reads, checks the same HMAC, parses and answers as many results; it checks no\n" +
      "field, remembers no nonce, signs nothing. Where load and server together need more than the machine has, look\n" +
      "at the processor's time.",
  )
  if (!figures.some(({ kind }) => kind === "tigerbeetle")) {
    console.log("TigerBeetle was not measured: TB_ADDRESS is not set.")
  }
  console.log("")
}

function row({ kind, eventsPerRequest, samples }: RelayFigure, floor: readonly RelaySample[]) {
  const rates = samples.map(({ requestsPerSecond }) => requestsPerSecond)
  const cpuUs = samples.map((sample) => sample.cpuUs)
  const shares = floor.map((bare, round) => (rates[round] ?? Number.NaN) / bare.requestsPerSecond)
  const cpuShares = floor.map((bare, round) => bare.cpuUs / (cpuUs[round] ?? Number.NaN))
  const isFloor = kind === "floor"
  return [
    eventsPerRequest.toLocaleString("en"),
    NAMES[kind],
    spread(rates),
    (median(rates) * eventsPerRequest).toFixed(0),
    isFloor ? "" : spread(shares, 2),
    spread(cpuUs),
    isFloor ? "" : spread(cpuShares, 2),
    `${(median(samples.map(({ loadShare }) => loadShare)) * 100).toFixed(0)} %`,
  ]
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
