// Journal search: the entries of a journal by their path.
// Owns: the scan, and the words for a path that is not there. Reads, writes nothing.

import { BelayError } from "../../engine/errors.ts"
import type { JournalRecord } from "../../engine/ports/journal.ts"
import type { JournalRows } from "./journal-rows.ts"

const SCAN_RECORDS = 1_000

/** Paths named to somebody who asked for one that is not there. */
const NEAREST_MAX = 5

/** An entry's first record. */
export interface Place {
  readonly seq: number
  readonly path: string
  /** Attempts begun so far, so that their numbers go on truthfully. */
  readonly attempts: number
  readonly kind: JournalRecord["kind"]
  readonly name: string | undefined
  readonly digest: number | undefined
}

export function* allRecords(journal: JournalRows): Generator<JournalRecord> {
  let afterSeq = 0
  for (;;) {
    const records = journal.read(afterSeq, SCAN_RECORDS)
    yield* records
    const last = records.at(-1)
    if (last === undefined) return
    afterSeq = last.seq
  }
}

/** @throws path_unknown, naming what is nearest */
export function firstOf(journal: JournalRows, path: string): Place {
  const nearest = new Nearest(path)
  let first: JournalRecord | undefined
  let attempts = 0
  for (const each of allRecords(journal)) {
    if (each.type === "operator" || each.type === "cancel") continue
    if (first === undefined) nearest.see(each)
    if (each.path !== path) continue
    first ??= each
    attempts = Math.max(attempts, each.attempt ?? 0)
  }
  if (first === undefined) {
    throw new BelayError(
      "path_unknown",
      `The journal has no entry at path "${path}"; ${nearest.words}.`,
    )
  }
  const { seq, kind, name, digest } = first
  return { seq, path, attempts, kind, name, digest }
}

interface Candidate {
  readonly path: string
  readonly name: string | undefined
  readonly distance: number
}

/** The few entries that come nearest to what was asked for: those of that name, then those beside the path. */
class Nearest {
  readonly #asked: string
  #candidates: Candidate[] = []

  constructor(asked: string) {
    this.#asked = asked
  }

  see({ kind, path, name }: JournalRecord): void {
    if (kind === undefined) return
    const distance = name === this.#asked ? -1 : distanceOf(this.#asked, path)
    this.#candidates.push({ path, name, distance })
    if (this.#candidates.length > NEAREST_MAX * 20) this.#candidates = this.#best()
  }

  get words(): string {
    const best = this.#best()
    if (best.length === 0) return "it has no entry yet"
    const shown = best.map(({ path, name }) => (name === undefined ? path : `${path} (${name})`))
    return `nearest are ${shown.join(", ")}`
  }

  #best(): Candidate[] {
    return this.#candidates
      .toSorted((left, right) => left.distance - right.distance)
      .slice(0, NEAREST_MAX)
  }
}

/** Small for paths that agree in many of their first parts, and then by how far the first other part is away. */
function distanceOf(asked: string, path: string): number {
  const left = asked.split(".")
  const right = path.split(".")
  let same = 0
  while (same < left.length && same < right.length && left[same] === right[same]) same++
  const away = Math.abs(Number(left[same] ?? 0) - Number(right[same] ?? 0))
  const step = Number.isNaN(away) ? 1 : Math.min(away / 1_000_000, 1)
  return (Math.max(left.length, right.length) - same) * 2 + step
}
