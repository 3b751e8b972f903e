// Fork copy: the rows a fork begins with, made of staged lines.
// Owns: what a copied promise is. Must not touch: how the lines came (staged-rows.ts), when the copy drives.
//   C1. What is settled before the cut stays settled; a promise that is open there can be settled under a new token.
//   C2. The workflow sees the new token, unless something that was recorded after the promise may have been given the
//       old one: then the replay has to show the old one, and the new one stands in `waitingFor` alone.

import { encode } from "../../engine/values/codec.ts"
import { isOutcome, type EntryKind, type JournalRecord } from "../../engine/ports/journal.ts"
import { operatorText } from "../../engine/machine/operator-record.ts"
import { newPromiseToken } from "../store/promise-token.ts"
import type { RunRow } from "../store/stored-run.ts"
import type { RunTables } from "../store/sqlite-run-store.ts"
import type { ForkBegin, ForkLine } from "./fork-messages.ts"

/** Entries whose input is part of their record. */
const WITH_INPUT: ReadonlySet<EntryKind | undefined> = new Set<EntryKind>([
  "step",
  "child",
  "publish",
])

/** Records that are written at once. */
const TOGETHER_RECORDS = 500

interface OpenPromise {
  readonly seq: number
  wasGivenOn: boolean
}

/** Writes the journal, the state and the folds of the copy, and who has made it. */
export function writeCopy(
  row: RunRow,
  tables: RunTables,
  lines: Iterable<ForkLine>,
  { action, head }: Pick<ForkBegin, "action" | "head">,
): void {
  const open = new Map<string, OpenPromise>()
  let records: JournalRecord[] = []
  const write = () => {
    tables.journal.append(records)
    records = []
  }
  for (const line of lines) {
    if (line.type === "state") tables.state.publish(line.name, line.text)
    else if (line.type === "fold") tables.folds.save({ ...line, path: "", afterSeq: 0 })
    else if (line.type === "record") {
      records.push(line.record)
      follow(line.record, open)
      if (records.length >= TOGETHER_RECORDS) write()
    }
  }
  write()
  for (const [path, { seq, wasGivenOn }] of open) {
    const token = newPromiseToken(row.id, row.incarnation)
    tables.promises.create(row.generation, path, token)
    if (!wasGivenOn) tables.journal.setText(seq, encode(token))
  }
  const { by, reason } = action
  const note: JournalRecord = {
    seq: tables.journal.nextSeq(),
    type: "operator",
    kind: "operator",
    path: "",
    name: "fork",
    atMs: row.createdAtMs,
    inline: false,
    text: operatorText({
      ...(by === undefined ? {} : { by }),
      ...(reason === undefined ? {} : { reason }),
      from: head.origin,
    }),
  }
  tables.journal.append([note])
}

/** The inputs, which are a part of the run's row; they come first. */
export function inputsIn(lines: Iterable<ForkLine>): {
  readonly inputText: string
  readonly generationInputText: string | undefined
} {
  let inputText = "[]"
  let generationInputText: string | undefined
  for (const line of lines) {
    if (line.type === "input") inputText = line.text
    else if (line.type === "generationInput") generationInputText = line.text
    else break
  }
  return { inputText, generationInputText }
}

function follow(record: JournalRecord, open: Map<string, OpenPromise>): void {
  if (isOutcome(record)) open.delete(record.path)
  if (WITH_INPUT.has(record.kind)) for (const promise of open.values()) promise.wasGivenOn = true
  if (record.kind === "promise" && record.type === "open") {
    open.set(record.path, { seq: record.seq, wasGivenOn: false })
  }
}
