// Start: begins a run, and waits for its end if it is asked to.

import { BelayClientError, BelayRunError, type Run } from "../../client/index.ts"
import type { Call, Command } from "../command.ts"
import { EXIT, UsageError, type ExitCode } from "../exit-code.ts"
import type { Given } from "../given.ts"
import { runLine } from "../run-head.ts"
import { oneLine, safeJson } from "../text.ts"

export const START: Command = {
  name: "start",
  arguments: "WORKFLOW [ID]",
  summary: "start a run, or join the one that stands under this id",
  details: [
    "Without an id one is made. The same id, workflow and input are the same run, however often it is started.",
    "With --wait it ends with the run: 0 when that has completed, 1 when not, or when it is halted; also 1 when it",
    "has not ended --within a time. An id that was made is said on standard error as soon as the run is begun.",
  ],
  options: {
    input: { value: "JSON", text: "the workflow's arguments, as a list; [] unless given" },
    "input-file": { value: "FILE", text: "the same from a file, - for standard input" },
    version: { value: "N", text: "of the workflow; the newest unless given" },
    tag: { value: "KEY=VALUE", isList: true, text: "to find it by; may be repeated" },
    timeout: { value: "DURATION", text: "the run's deadline: 30s, 5m, 2h, 1d" },
    "start-at": {
      value: "INSTANT",
      text: "not before: 2026-01-31T08:00:00Z, or 2h for in two hours",
    },
    wait: { text: "wait for its end" },
    within: {
      value: "DURATION",
      text: "how long to wait at most, with --wait; without end unless given",
    },
  },
  run: start,
}

async function start({ client, screen, given, signal }: Call): Promise<ExitCode> {
  const named = given.optional(1)
  const id = named ?? crypto.randomUUID()
  const timeoutMs = given.durationMs("within")
  if (timeoutMs !== undefined && !given.flag("wait")) {
    throw new UsageError("--within says how long --wait waits, and that is missing.")
  }
  const started = await client.start(id, requestOf(given)).catch((error: unknown) => {
    const isLost = error instanceof BelayClientError && error.code === "network"
    // It may have been begun all the same: asked for again with this id it is the same run.
    if (named === undefined && isLost && !screen.isJson) screen.note(`The id was to be ${id}.`)
    throw error
  })
  if (!given.flag("wait")) {
    await print({ screen, created: started.created, run: started.run })
    return EXIT.ok
  }
  // Whatever becomes of the wait, the run can be found.
  if (named === undefined)
    screen.note(screen.isJson ? safeJson({ started: id }) : `Run ${id} is begun.`)
  let code: ExitCode = EXIT.ok
  try {
    await started.result({ timeoutMs, signal })
  } catch (error) {
    if (!(error instanceof BelayRunError)) throw error
    code = EXIT.failed
  }
  await print({ screen, created: started.created, run: await client.run(id) })
  return code
}

function requestOf(given: Given) {
  const fields = {
    version: given.wholeNumber("version"),
    tags: given.pairs("tag"),
    timeoutMs: given.durationMs("timeout"),
    startAt: given.instant("start-at", "ahead"),
  }
  const set = Object.entries(fields).filter(([, value]) => value !== undefined)
  return {
    workflow: given.argument(0),
    input: readInput(given),
    ...(Object.fromEntries(set) as { version?: number; timeoutMs?: number }),
  }
}

function readInput(given: Given): unknown[] {
  const input = given.json(given.text("input"), "input", "input-file") ?? []
  if (Array.isArray(input)) return input
  throw new UsageError(
    `The input is no list; the workflow's arguments are written [${safeJson(input)}].`,
  )
}

interface Outcome {
  readonly screen: Call["screen"]
  readonly created: boolean
  readonly run: Run
}

async function print({ screen, created, run }: Outcome): Promise<void> {
  if (screen.isJson) return screen.json({ created, run })
  await screen.line(`${runLine(screen, run)}${created ? "" : "  (it was there already)"}`)
  if (run.result !== undefined) await screen.line(oneLine(safeJson(run.result)))
  if (run.error !== undefined) {
    await screen.line(oneLine(`${run.error.name} (${run.error.code}): ${run.error.message}`))
  }
}
