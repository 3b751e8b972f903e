// Run head: a run without its journal, as a person reads it.
// Owns: the lines, and how much of a long value is shown. Must not touch: the timeline.

import type { Run, Thrown, WaitingFor } from "../client/index.ts"
import type { Screen } from "./screen.ts"
import { colourOf, verbsFor } from "./status.ts"
import { cut, duration, instant, oneLine, safeJson, safeLines, wrapped, counted } from "./text.ts"

const LABEL = 10

/** Of a value, where no terminal says how much fits. */
const VALUE_COLUMNS = 1_000

/** "buy-1  completed  buy v2": what every command says of the run it has changed. */
export function runLine(screen: Screen, { id, status, workflow, version }: Run): string {
  const stands = screen.paint(status, colourOf(status))
  return `${oneLine(id)}  ${stands}  ${oneLine(workflow)} v${version}`
}

export async function printHead(screen: Screen, run: Run, nowMs: number): Promise<void> {
  await screen.line(runLine(screen, run))
  for (const [label, text] of factsOf(screen, run, nowMs)) {
    const columns = (screen.terminalWidth ?? Infinity) - LABEL
    for (const [index, line] of wrapped(text, columns).entries()) {
      const head = index === 0 ? label : ""
      await screen.line(`${screen.paint(head.padEnd(LABEL), "dim")}${line}`)
    }
  }
}

function* factsOf(
  screen: Screen,
  run: Run,
  nowMs: number,
): Generator<readonly [label: string, text: string]> {
  const value = (shown: unknown) =>
    cut(oneLine(safeJson(shown)), (screen.terminalWidth ?? VALUE_COLUMNS) - LABEL)
  yield ["created", timesOf(run, nowMs)]
  if (run.parent !== undefined) {
    yield ["child of", `${oneLine(run.parent.id)}, at ${run.parent.path}`]
  }
  const tags = Object.entries(run.tags).map(([key, text]) => oneLine(`${key}=${text}`))
  if (tags.length > 0) yield ["tags", tags.join(" ")]
  yield ["input", value(run.input)]
  for (const wait of run.waitingFor ?? []) yield ["waits for", waitText(wait, nowMs)]
  if (run.result !== undefined) yield ["result", value(run.result)]
  if (run.error !== undefined) yield* errorLines(run.error, value)
  const unread = run.unconsumedSignals ?? 0
  if (unread > 0) yield ["unread", `${counted(unread, "signal")} that nobody waited for`]
  if (run.replays !== undefined) yield ["replays", replaysText(run.replays)]
  if (run.rows !== undefined) yield ["rows", `${run.rows.written} written, ${run.rows.read} read`]
  yield ["you can", verbsFor(run.status).join(", ")]
}

function replaysText({ count, last }: NonNullable<Run["replays"]>): string {
  const [newest] = last.slice(-1)
  if (newest === undefined) return String(count)
  return `${count}, the last ${instant(newest.at)} of ${newest.entries} entries`
}

function timesOf({ createdAt, endedAt }: Run, nowMs: number): string {
  const tookMs = Date.parse(endedAt ?? new Date(nowMs).toISOString()) - Date.parse(createdAt)
  return endedAt === undefined
    ? `${instant(createdAt)}, ${duration(tookMs)} ago`
    : `${instant(createdAt)}, ended ${instant(endedAt)} after ${duration(tookMs)}`
}

function waitText(wait: WaitingFor, nowMs: number): string {
  const { kind, path, name, until, id, status } = wait
  const parts = [kind === "start" ? "its start" : kind]
  if (name !== undefined) parts.push(name)
  if (id !== undefined) parts.push(`run ${id}${status === undefined ? "" : ` (${status})`}`)
  if (until !== undefined) {
    const inMs = Date.parse(until) - nowMs
    parts.push(`until ${instant(until)}${inMs > 0 ? `, in ${duration(inMs)}` : ""}`)
  }
  // A run that waits for its start is nowhere yet.
  if (path !== "") parts.push(`at ${path}`)
  return oneLine(parts.join(" "))
}

function* errorLines(
  error: Thrown,
  value: (shown: unknown) => string,
): Generator<readonly [label: string, text: string]> {
  const [first = "", ...others] = safeLines(error.message)
  yield ["error", `${oneLine(error.name)} (${oneLine(error.code)}): ${first}`]
  for (const line of others) yield ["", line]
  if (!isSaid(error)) yield ["details", value(error.details)]
  for (let cause = error.cause; cause !== undefined; cause = cause.cause) {
    yield ["cause", oneLine(`${cause.name} (${cause.code}): ${cause.message}`)]
  }
}

/** A panic's details are its number, which its code says already. */
function isSaid({ code, details }: Thrown): boolean {
  return details === undefined || (code === "panic" && safeJson(details) === '{"number":98}')
}
