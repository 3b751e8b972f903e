// Story: what happened to a run from outside, as sentences: crashes it survived, and what people did.
// Owns: the sentences. Must not touch: where they stand.

import * as v from "valibot"
import { durationText } from "../duration.ts"
import { element } from "../element.ts"
import { timeElement } from "../time.ts"
import type { Gap, Replay } from "./gaps.ts"
import type { Halt, Mark, Timeline } from "./timeline.ts"

const NOTE = v.looseObject({ by: v.optional(v.string()), reason: v.optional(v.string()) })

/** Told in full; a run that is operated by a program may have thousands. */
const SENTENCES_MAX = 20

interface Sentence {
  readonly atMs: number
  readonly words: string
  readonly kind: "gap" | "deed" | "replay" | "halt"
}

export function story(timeline: Timeline): HTMLElement | undefined {
  const all = [
    ...timeline.gaps.map(gapSentence),
    ...timeline.marks.map(markSentence),
    ...timeline.replays.map(replaySentence),
    ...(timeline.halt === undefined ? [] : [haltSentence(timeline.halt)]),
  ].toSorted((one, other) => one.atMs - other.atMs)
  if (all.length === 0) return undefined
  return element(
    "section",
    { class: "story" },
    element("h2", {}, "What happened to it"),
    element(
      "ol",
      {},
      ...all
        .slice(-SENTENCES_MAX)
        .map(({ atMs, words, kind }) =>
          element(
            "li",
            { class: kind },
            timeElement(new Date(atMs).toISOString()),
            element("span", {}, words),
          ),
        ),
    ),
  )
}

function gapSentence(gap: Gap): Sentence {
  const { fromMs, toMs, isOnPurpose } = gap
  const words = toMs === undefined ? goneWords(gap) : backWords(gap, durationText(toMs - fromMs))
  // Told behind the deed that led to it.
  return { atMs: isOnPurpose ? fromMs + 0.5 : fromMs, words, kind: "gap" }
}

function goneWords({ hadWork }: Gap): string {
  return `Its object is gone${hadWork ? ", with a step in flight" : ""}. It comes back by itself.`
}

function backWords({ isOnPurpose, hadWork, entries }: Gap, duration: string): string {
  const what = isOnPurpose ? "Its object was gone" : "Its object was killed or reset, and gone"
  const again = hadWork ? ", and what was in flight is made again" : ""
  return `${what} for ${duration}. It came back by itself: ${entriesWords(entries)} replayed from the journal${again}.`
}

function replaySentence({ atMs, entries }: Replay): Sentence {
  const words = `Taken up from its journal: ${entriesWords(entries)} replayed, and nothing that had an outcome ran again.`
  return { atMs, words, kind: "replay" }
}

function haltSentence({ atMs, code }: Halt): Sentence {
  const words = `Stands still since then (${code.replaceAll("_", " ")}): nothing is recorded behind this until a person looks.`
  return { atMs: atMs + 0.7, words, kind: "halt" }
}

function entriesWords(count: number): string {
  return count === 1 ? "1 entry was" : `${count} entries were`
}

const DEEDS: Readonly<Record<string, string>> = {
  cancel: "Asked to cancel",
  kill: "Killed",
  pause: "Paused",
  resume: "Resumed",
  retry: "Retried",
  skip: "Given a value in place of a step",
  fork: "Forked",
  crash: "Crashed on purpose",
  unwind: "Began to unwind",
  deadline: "Passed its deadline, and began to unwind",
}

function markSentence({ atMs, name, row }: Mark): Sentence {
  const note = v.safeParse(NOTE, row.entry.value)
  const { by, reason } = note.success ? note.output : {}
  const path = row.entry.path === "" ? "" : ` at ${row.entry.path}`
  const who = by === undefined ? "" : ` by ${by}`
  const why = reason === undefined ? "" : `: ${reason}`
  return { atMs, words: `${DEEDS[name] ?? name}${path}${who}${why}.`, kind: "deed" }
}
