// Operator actions: retry and skip: what a person can do with a run that is halted or has failed.
// Owns: how the journal is cut back, and the record of who did it. Must not touch: the machine (the driver restarts it).
//   O1. The journal is only ever cut to a prefix, which is always a state the run was in.
//   O2. Signals consumed in the part that is forgotten come back, in their order (nothing accepted is lost).

import { decode, encodeThrown } from "../../engine/values/codec.ts"
import { BelayError, type HaltCode } from "../../engine/errors.ts"
import { isOutcome, type JournalRecord } from "../../engine/ports/journal.ts"
import { attemptsTold, operatorText } from "../../engine/machine/operator-record.ts"
import { patchOf } from "../../engine/machine/patches.ts"
import { canonicalJson, toPlainJson } from "../../engine/values/plain-json.ts"
import { isFinal, type OperatorAction } from "../../engine/ports/runs.ts"
import { ChildCut } from "../family/child-cut.ts"
import type { JournalRows } from "../store/journal-rows.ts"
import { allRecords, firstOf, type Place } from "../store/journal-search.ts"
import type { RunRow } from "../store/stored-run.ts"
import type { RunTables } from "../store/sqlite-run-store.ts"

/** What the engine itself records at a step's place: to take it again would change nothing. */
const VALUES: ReadonlySet<string> = new Set(["date.now", "math.random", "uuid"])

/** What stopped the run stands nowhere in its journal: it goes on where it was. */
const NOTHING_TO_FORGET: ReadonlySet<HaltCode> = new Set([
  "workflow_unknown",
  "version_unknown",
  "store_full",
])

/** Forgets the journal from a path on, or from what stopped the run, so that it goes on from there. */
export function cutForRetry(
  row: RunRow,
  tables: RunTables,
  action: OperatorAction & { readonly from?: string | undefined },
  nowMs: number,
): void {
  const from =
    action.from === undefined
      ? stopPoint(row, tables.journal)
      : firstOf(tables.journal, action.from)
  const { path, attempts } = from ?? { path: "", attempts: 0 }
  const others = from === undefined ? {} : forget(row, tables, from.seq, path)
  record(tables.journal, "retry", { path, attempts, others }, action, nowMs)
}

/** Takes a value as the outcome of a step, in the place of what it had. */
export function cutForSkip(
  row: RunRow,
  tables: RunTables,
  action: OperatorAction & { readonly path: string; readonly valueText: string },
  nowMs: number,
): void {
  const first = firstOf(tables.journal, action.path)
  if (patchOf(first) !== undefined) {
    throw new BelayError(
      "invalid_request",
      `Entry "${action.path}" is the marker of a patch; it has no outcome that could be another. Retry from before it instead.`,
    )
  }
  if (first.kind !== "step" && first.kind !== "child" && first.kind !== undefined) {
    throw new BelayError(
      "invalid_request",
      `Entry "${action.path}" is a ${first.kind}; only a step or a child can be skipped with a value.`,
    )
  }
  const outcome = outcomeAt(tables.journal, action.path)
  if (outcome === undefined && hasParts(tables.journal, action.path)) {
    throw new BelayError(
      "invalid_request",
      `Entry "${action.path}" is a sub-workflow that has not ended; skip the step inside it that stands in the way.`,
    )
  }
  if (outcome === undefined && isFinal(row.status)) {
    throw new BelayError(
      "invalid_request",
      `Entry "${action.path}" is a child that the run has left alone: it goes on, and nobody waits for it. Skip the step that failed.`,
    )
  }
  const others = outcome === undefined ? {} : forget(row, tables, outcome.seq, action.path)
  if (first.kind === "child") tables.family.skipChild(row, action.path)
  record(
    tables.journal,
    "skip",
    { path: action.path, attempts: first.attempts, others },
    action,
    nowMs,
  )
  const isFirst = outcome === undefined ? false : outcome.seq === first.seq
  tables.journal.append([
    {
      seq: tables.journal.nextSeq(),
      type: "completed",
      path: action.path,
      atMs: nowMs,
      inline: outcome?.inline ?? false,
      text: action.valueText,
      attempt: first.attempts,
      ...(isFirst ? { kind: first.kind, name: first.name, digest: first.digest } : {}),
    },
  ])
}

/** Where the run stopped: the diverging entry, the failed step, or the last step before a panic. */
function stopPoint(row: RunRow, journal: JournalRows): Place | undefined {
  const { halt } = row
  if (halt?.code === "divergence") {
    const { seq, path } = halt.details as { seq: number; path: string }
    const attempts = attemptsAt(journal, path)
    return { seq, path, attempts, kind: undefined, name: undefined, digest: undefined }
  }
  if (halt?.code === "attempts_lost" || halt?.code === "retries_exhausted") {
    const { path } = halt.details as { path: string }
    return { ...firstOf(journal, path), seq: journal.lastSeq() + 1 }
  }
  if (halt !== undefined && NOTHING_TO_FORGET.has(halt.code)) return undefined
  const blamed = blamedErrors(row)
  let found: JournalRecord | undefined
  // A sub-workflow is opened and never attempted; it fails because of a step inside, which is the one to retry.
  const attempted = new Set<string>()
  for (const each of allRecords(journal)) {
    if (patchOf(each) !== undefined || VALUES.has(each.name ?? "")) continue
    const isAttempted = each.kind === "step" && each.type !== "open"
    if (each.type === "start" || each.kind === "child" || isAttempted) attempted.add(each.path)
    if (!isOutcome(each) || !attempted.has(each.path)) continue
    const isWanted =
      halt?.code === "panic" ? each.type === "completed" : blamed.has(describe(each.text))
    if (isWanted) found = each
  }
  return found && { ...firstOf(journal, found.path), seq: found.seq }
}

/** The last attempt made at a place, also before it was cut by a person, whatever stood there. */
function attemptsAt(journal: JournalRows, path: string): number {
  let last = 0
  for (const each of allRecords(journal)) last = Math.max(last, attemptsTold(each)[path] ?? 0)
  return last
}

/** What the run's error, its causes and the errors it gathers look like; a failure that was handled is not among them. */
function blamedErrors(row: RunRow): ReadonlySet<string> {
  const blamed = new Set<string>()
  const unseen: unknown[] = row.errorText === undefined ? [] : [decode(row.errorText)]
  for (let error = unseen.pop(); error !== undefined && blamed.size < 100; error = unseen.pop()) {
    blamed.add(describe(encodeThrown(error)))
    if (error instanceof Error && error.cause !== undefined) unseen.push(error.cause)
    if (error instanceof AggregateError) unseen.push(...(error.errors as unknown[]))
  }
  return blamed
}

function describe(text: string | undefined): string {
  return canonicalJson(toPlainJson(text === undefined ? undefined : decode(text)))
}

function outcomeAt(journal: JournalRows, path: string): JournalRecord | undefined {
  for (const each of allRecords(journal)) {
    if (each.path === path && isOutcome(each)) return each
  }
  return undefined
}

/** Whether it is a sub-workflow, seen from the entries it has made. */
function hasParts(journal: JournalRows, path: string): boolean {
  for (const each of allRecords(journal)) {
    if (each.path.startsWith(`${path}.`)) return true
  }
  return false
}

/** Cuts the journal; gives the attempts of the other steps that are forgotten, so that their numbers stay truthful. */
function forget(
  row: RunRow,
  tables: RunTables,
  fromSeq: number,
  path: string,
): Record<string, number> {
  const messages = new Map<string, JournalRecord>()
  const attempts: Record<string, number> = {}
  const children = new ChildCut(fromSeq, path)
  for (const each of allRecords(tables.journal)) {
    children.see(each)
    if (each.kind === "signal" || each.kind === "update") messages.set(each.path, each)
    if (each.seq < fromSeq) continue
    for (const [other, number] of Object.entries(attemptsTold(each))) {
      if (other !== path && other !== "") attempts[other] = Math.max(attempts[other] ?? 0, number)
    }
    if (each.ref === undefined) continue
    const { kind, name = "" } = messages.get(each.path) ?? each
    if (kind === "update") tables.mailbox.putBackUpdate(each.ref)
    else tables.mailbox.putBackSignal(each.ref, name, each.text ?? "null")
  }
  children.apply(row, tables.family)
  tables.journal.truncate(fromSeq)
  tables.folds.truncate(fromSeq)
  reopenPromises(row, tables)
  return attempts
}

function reopenPromises(row: RunRow, tables: RunTables): void {
  const known = new Set<string>()
  const open = new Set<string>()
  for (const each of allRecords(tables.journal)) {
    if (each.kind === "promise") {
      known.add(each.path)
      open.add(each.path)
    }
    if (isOutcome(each)) open.delete(each.path)
  }
  tables.promises.reopen(row.generation, known, open)
}

function record(
  journal: JournalRows,
  name: string,
  about: {
    readonly path: string
    readonly attempts: number
    readonly others: Readonly<Record<string, number>>
  },
  action: OperatorAction,
  nowMs: number,
): void {
  const { by, reason } = action
  const { path, attempts, others } = about
  journal.append([
    {
      seq: journal.nextSeq(),
      type: "operator",
      kind: "operator",
      path,
      name,
      attempt: attempts,
      atMs: nowMs,
      inline: false,
      text: operatorText({
        ...(by === undefined ? {} : { by }),
        ...(reason === undefined ? {} : { reason }),
        ...(Object.keys(others).length === 0 ? {} : { attempts: others }),
      }),
    },
  ])
}
