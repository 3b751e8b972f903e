// Tracing: which runs are traced, in which trace, and what their steps and children are told of it.
// Owns: the rule. Pure but for the settings.
//   G1. A caller that says "not recorded" (flag 00) is obeyed, and passed on. Without a caller the run's own trace id
//       decides, so every life of the object, and every child, decides the same.
//   G2. Where no spans are exported, the caller's context is passed on as it came, and nothing else is made.

import {
  formatTraceParent,
  parseTraceParent,
  type StepTrace,
  type TraceContext,
  type TraceParent,
} from "../../engine/ports/trace-context.ts"
import { entrySpanId, runSpanId, traceIdOf, type SpanPlace } from "../../engine/ports/trace-ids.ts"
import type { RunRow } from "../store/stored-run.ts"
import { UNTOLD } from "./run-trace.ts"
import type { TraceSettings } from "./trace-settings.ts"

/** A run whose spans are exported. */
export interface TracedRun {
  readonly traceId: string
  readonly caller: TraceParent | undefined
  readonly tracestate: string | undefined
}

type Traced = Pick<RunRow, "id" | "incarnation" | "generation" | "trace">

/** Bits of a trace id that a part of all runs is chosen by: 13 hexadecimal digits are an exact number. */
const CHOSEN_DIGITS = 13

export class Tracing {
  readonly #settings: TraceSettings | undefined

  constructor(settings: TraceSettings | undefined) {
    this.#settings = settings
  }

  /** `undefined` when no spans of this run are exported. */
  recorded(row: Traced): TracedRun | undefined {
    if (this.#settings === undefined) return undefined
    const { traceId, caller, isSampled } = this.#identity(row)
    if (!isSampled) return undefined
    return { traceId, caller, tracestate: row.trace?.caller?.tracestate }
  }

  /** What the run's steps are told; `undefined` where nobody traces it. */
  ofSteps(row: Traced): StepTrace | undefined {
    const context = row.trace?.caller
    if (this.#settings === undefined && context === undefined) return undefined
    const { traceId, isSampled } = this.#identity(row)
    const hasSpans = this.#settings !== undefined && isSampled
    const passedOn = hasSpans ? undefined : context?.traceparent
    return { traceId, isSampled, tracestate: context?.tracestate, passedOn }
  }

  /** For the log; `undefined` where nobody traces the run. */
  traceIdOf(row: Traced): string | undefined {
    return this.ofSteps(row)?.traceId
  }

  /** What a child that the entry at this path starts is told. */
  ofChild(row: Traced, path: string): TraceContext | undefined {
    return this.#context(row, (place) => entrySpanId(place, path))
  }

  /** The run's own place in its trace, for whoever started it; `undefined` where it has none of its own. */
  ofRun(row: Traced): TraceContext | undefined {
    return this.recorded(row) && this.#context(row, runSpanId)
  }

  #context(row: Traced, spanIdAt: (place: SpanPlace) => string): TraceContext | undefined {
    const steps = this.ofSteps(row)
    if (steps === undefined) return undefined
    const { traceId, isSampled, tracestate, passedOn } = steps
    const spanId = spanIdAt(placeOf(row))
    return {
      traceparent: passedOn ?? formatTraceParent({ traceId, spanId, isSampled }),
      ...(tracestate === undefined ? {} : { tracestate }),
    }
  }

  #identity({ id, incarnation, trace }: Traced) {
    const text = trace?.caller?.traceparent
    const caller = text === undefined ? undefined : parseTraceParent(text)
    if (caller !== undefined) {
      return { traceId: caller.traceId, caller, isSampled: caller.isSampled }
    }
    const traceId = traceIdOf(id, incarnation)
    return { traceId, caller, isSampled: isChosen(traceId, this.#settings?.ratio ?? 1) }
  }
}

export function placeOf({
  incarnation,
  generation,
  trace = UNTOLD,
}: Omit<Traced, "id">): SpanPlace {
  return { incarnation, generation, round: trace.round }
}

function isChosen(traceId: string, ratio: number): boolean {
  const part = Number.parseInt(traceId.slice(-CHOSEN_DIGITS), 16) / 16 ** CHOSEN_DIGITS
  return part < ratio
}
