// Tail: a run as it goes on, a line an event, to its end.

import type { Entry, Run, RunEvent } from "../../client/index.ts"
import type { Call, Command } from "../command.ts"
import { EXIT, type ExitCode } from "../exit-code.ts"
import { runLine } from "../run-head.ts"
import type { Screen } from "../screen.ts"
import { adviceFor, colourOf } from "../status.ts"
import { cut, duration, oneLine, padded, safeJson } from "../text.ts"
import { outcomeOf } from "../timeline.ts"

const TIME = 12
const PATH = 8
const WHAT = 28

/** What a server has to tell of the past comes at once. */
const TOLD_MS = 2_000

export const TAIL: Command = {
  name: "tail",
  arguments: "ID",
  summary: "a run as it goes on, to its end",
  details: [
    "The past comes first. A connection that breaks is opened again, with no event lost and none twice.",
    "With --json each line is one event: {event, id, data}; its id goes on behind it with --after.",
    "It ends with the run: 0 when that has completed, 1 when not; with 130 on Ctrl-C. A run that is halted stands",
    "still until a person looks: that ends it with 1 as well, unless it is told to --stay.",
  ],
  options: {
    after: { value: "EVENT", text: "go on behind the event with this id" },
    stay: { text: "stay with a run that is halted, until a person lets it go on" },
  },
  run: tail,
}

async function tail({ client, screen, given, signal }: Call): Promise<ExitCode> {
  const id = given.argument(0)
  // Asked first: a server that is not there, or a run, is told at once and not waited for.
  const run = await client.run(id)
  const stays = given.flag("stay")
  let last = given.text("after")
  const left = new AbortController()
  const events = client.events(id, {
    lastEventId: last,
    signal: AbortSignal.any([signal, left.signal]),
  })
  try {
    const isTold = stays || last === undefined || run.status !== "halted"
    for await (const event of isTold ? events : startedWithin(events, TOLD_MS)) {
      last = event.id
      await screen.line(screen.isJson ? safeJson(event) : eventLine(screen, event))
      if (event.event === "end") return codeOf(event.data)
      if (event.event === "status" && event.data.status === "halted" && !stays) {
        return halted(screen, id, event.data.error?.code)
      }
    }
  } catch (error) {
    const isOver = signal.aborted || screen.isJson || last === undefined
    if (!isOver) screen.note(`The last event was ${last}; --after ${last} goes on behind it.`)
    throw error
  } finally {
    left.abort()
  }
  // Nothing stands behind the id that was given.
  const now = await client.run(run.id)
  return now.status === "halted" ? halted(screen, id, now.error?.code) : codeOf(now)
}

function halted(screen: Screen, id: string, code = ""): ExitCode {
  if (!screen.isJson)
    screen.note(`Run ${oneLine(id)} is halted. ${adviceFor(code)} --stay waits for that.`)
  return EXIT.failed
}

/** Behind the event that told of a halt there may be nothing: then nothing is waited for. */
async function* startedWithin<T>(
  events: AsyncGenerator<T, void>,
  ms: number,
): AsyncGenerator<T, void> {
  const first = events.next()
  // It is left then: why it ended is known.
  first.catch(() => undefined)
  const late = new AbortController()
  const came = await Promise.race([first, pause(ms, late.signal)]).finally(() => late.abort())
  if (came === undefined || came.done === true) return
  yield came.value
  yield* events
}

function pause(ms: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    over.addEventListener("abort", () => clearTimeout(timer))
  })
}

function codeOf({ status }: Run): ExitCode {
  return status === "completed" ? EXIT.ok : EXIT.failed
}

function eventLine(screen: Screen, event: RunEvent): string {
  const blank = " ".repeat(TIME)
  switch (event.event) {
    case "entry":
      return entryLine(screen, event.data)
    case "status": {
      const { status, error } = event.data
      const why = error === undefined ? "" : `  ${oneLine(`${error.code}: ${error.message}`)}`
      return `${blank}  ${screen.paint(status, colourOf(status))}${why}`
    }
    case "reset":
      return `${blank}  ${screen.paint(`the journal begins anew: ${event.data.reason}`, "yellow")}`
    case "end":
      return `${blank}  ${runLine(screen, event.data)}${endOf(event.data)}`
  }
}

function entryLine(screen: Screen, entry: Entry): string {
  const { createdAt, startedAt, settledAt, path, kind, name } = entry
  const at = (settledAt ?? startedAt ?? createdAt).slice(11, 23)
  const what = name === undefined ? kind : `${kind} ${name}`
  const took =
    settledAt === undefined ? "" : ` (${duration(Date.parse(settledAt) - Date.parse(createdAt))})`
  const stands = entry.state === "completed" ? `completed${took}` : ""
  const outcome = [stands, outcomeOf(entry)].filter((part) => part !== "").join(", ")
  const line = [
    padded(at, TIME),
    padded(cut(path, PATH), PATH),
    padded(cut(oneLine(what), WHAT), WHAT),
    oneLine(outcome),
  ].join("  ")
  return screen.terminalWidth === undefined ? line : cut(line, screen.terminalWidth)
}

function endOf({ result, error }: Run): string {
  if (error !== undefined) return `  ${oneLine(`${error.code}: ${error.message}`)}`
  return result === undefined ? "" : `  ${oneLine(safeJson(result))}`
}
