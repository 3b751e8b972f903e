// Replay journal: an exported run replayed on the code at hand, in a test.
// Owns: reading the file, and the words when it does not fit. Must not touch: the replay (engine/recorded/dry-replay.ts).
//   P1. No platform is imported: the runtime is asked for its files when a path is given, and a text needs none.

import type { WorkflowFunction } from "../engine/workflow/context.ts"
import { dryReplay, type NextMove } from "../engine/recorded/dry-replay.ts"
import type { Halt } from "../engine/errors.ts"
import { RecordedRunReader, type RecordedRun } from "../engine/recorded/recorded-run.ts"
import type { Registry } from "../engine/workflow/registry.ts"
import { inWords } from "../engine/recorded/replay-words.ts"
import { KnownWorkflows } from "./known-workflows.ts"

export interface ReplayJournalOptions {
  /** The version that the given workflow is tried as; the one the run is pinned to unless given. */
  readonly version?: number | undefined
  /** Children, by the names under which they are started, where these are not their functions' own. */
  readonly children?: Readonly<Record<string, WorkflowFunction>> | undefined
  /** What the workflow's body is given; steps, which are not called, need none. */
  readonly dependencies?: Readonly<Record<string, unknown>> | undefined
}

export interface ReplayReport {
  readonly ok: true
  readonly id: string
  readonly workflow: string
  readonly version: number
  /** How the recorded run stood. */
  readonly status: RecordedRun["run"]["status"]
  readonly records: number
  /** What the code does where the journal ends. */
  readonly next: NextMove
  /** The same in words: "The code fits; where the journal ends it ends completed." */
  readonly message: string
}

/** Why a journal does not fit the code at hand. */
export class ReplayError extends Error {
  override readonly name = "ReplayError"
  /** Where they part, what was recorded and what the code does instead. */
  readonly path: string | undefined
  readonly expected: unknown
  readonly found: unknown
  /** What a deployed run would halt with. */
  readonly halt: Halt | undefined

  constructor(message: string, halt?: Halt) {
    super(message)
    this.halt = halt
    const { path, expected, found } = halt?.details ?? {}
    this.path = typeof path === "string" ? path : undefined
    this.expected = expected
    this.found = found
  }
}

type Workflows =
  WorkflowFunction | readonly WorkflowFunction[] | Readonly<Record<string, WorkflowFunction>>

/**
 * @param source the file of an export: its path, its URL, or the text itself
 * @param workflows one workflow, taken for the recorded one whatever its name; or several, by name
 * @throws ReplayError where the code does something else than was recorded, Error for a file that is none
 */
export async function replayJournal(
  source: string | URL,
  workflows: Workflows,
  options: ReplayJournalOptions = {},
): Promise<ReplayReport> {
  const recorded = recordedOf(await textOf(source))
  const { id, workflow, version, status } = recorded.run
  const replayed = dryReplay(registryOf(workflows, recorded, options), recorded, options)
  const message = inWords(replayed)
  if (replayed.type !== "fits") {
    const what = `Run "${id}" of workflow "${workflow}", version ${version}: ${message}`
    throw new ReplayError(what, replayed.type === "unclear" ? undefined : replayed.halt)
  }
  const records = recorded.records.length
  return { ok: true, id, workflow, version, status, records, next: replayed.next, message }
}

function registryOf(
  workflows: Workflows,
  { run }: RecordedRun,
  { version = run.version, children = {} }: ReplayJournalOptions,
): Registry {
  const known = new KnownWorkflows()
  if (typeof workflows === "function") known.register(run.workflow, workflows, { version })
  else {
    const named = Array.isArray(workflows)
      ? (workflows as readonly WorkflowFunction[]).map((each) => [each.name, each] as const)
      : Object.entries(workflows as Readonly<Record<string, WorkflowFunction>>)
    for (const [name, fn] of named) known.register(name, fn, { version })
  }
  for (const [name, child] of Object.entries(children)) {
    if (!known.has(name)) known.register(name, child)
  }
  return known
}

function recordedOf(text: string): RecordedRun {
  const reader = new RecordedRunReader()
  for (const line of text.split(/\r?\n/)) if (line.trim() !== "") reader.add(line)
  return reader.end()
}

interface Files {
  readFile(path: string | URL, encoding: "utf8"): Promise<string>
}

/** The text itself stands on several lines, or is JSON. */
async function textOf(source: string | URL): Promise<string> {
  if (typeof source !== "string" && !(source instanceof URL)) {
    throw new TypeError(
      `replayJournal takes a recorded run first: the path, the URL or the text of its export (of a run of this kit \`run.exported\`), got ${typeof source}.`,
    )
  }
  if (typeof source === "string" && /^\s*\{|\n/.test(source)) return source
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => Files | undefined }
  }
  const files = process?.getBuiltinModule?.("node:fs/promises")
  if (files === undefined) {
    throw new Error(
      `replayJournal cannot open ${String(source)}: this runtime has no files. Give it the text of the export.`,
    )
  }
  const path = typeof source === "string" && source.startsWith("file:") ? new URL(source) : source
  return files.readFile(path, "utf8")
}
