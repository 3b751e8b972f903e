// Trace ids: the ids of a run's trace and of its spans, made of what they stand for.
// Owns: their form. Pure: no randomness and no clock, so a replay, and an export that is repeated, come to the same ids.
//   I1. Two lives of a run id, two generations, two entries, two attempts never share a span: every part is in the id.
//   I2. A round is what lies between two times that a person took the journal back: entries may settle once in each.
//       An attempt's number is never given twice, so its span needs no round, and a step knows it without one.

import { digestOf } from "../values/digest.ts"

/** A stretch of a run that has a span of its own. */
export interface SpanPlace {
  readonly incarnation: string
  readonly generation: number
  readonly round: number
}

/** The trace of a run that nobody else's trace leads to. */
export function traceIdOf(id: string, incarnation: string): string {
  const text = `${incarnation}/${id}`
  return present(word(`a${text}`) + word(`b${text}`) + word(`c${text}`) + word(`d${text}`))
}

/** The span of a run, or of one generation or round of it. */
export function runSpanId({ incarnation, generation, round }: SpanPlace): string {
  return spanIdOf(`run/${incarnation}/${generation}/${round}`)
}

export function entrySpanId({ incarnation, generation, round }: SpanPlace, path: string): string {
  return spanIdOf(`entry/${incarnation}/${generation}/${round}/${path}`)
}

export function attemptSpanId(
  { incarnation, generation }: Omit<SpanPlace, "round">,
  path: string,
  attempt: number,
): string {
  return spanIdOf(`attempt/${incarnation}/${generation}/${path}#${attempt}`)
}

function spanIdOf(text: string): string {
  return present(word(`e${text}`) + word(`f${text}`))
}

/** 32 bits of a digest, as hexadecimal digits. */
function word(text: string): string {
  return (digestOf(text) >>> 0).toString(16).padStart(8, "0")
}

/** All zeros mean "none". */
function present(id: string): string {
  return /^0+$/.test(id) ? `${id.slice(1)}1` : id
}
