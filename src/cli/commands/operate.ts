// Operate: a person intervenes in a run.

import type { Run } from "../../client/index.ts"
import type { Call, Command } from "../command.ts"
import type { Options } from "../syntax.ts"
import { runLine } from "../run-head.ts"
import { oneLine } from "../text.ts"

const REASON: Options = {
  reason: { value: "TEXT", text: "why; stands in the journal with who did it" },
}

type Act = (call: Call, id: string, action: { readonly reason?: string }) => Promise<Run>

function verb(
  name: string,
  args: string,
  summary: string,
  act: Act,
  options: Options = {},
): Command {
  return {
    name,
    arguments: args,
    summary,
    options: { ...options, ...REASON },
    async run(call) {
      const { given, screen } = call
      const reason = given.text("reason")
      const run = await act(call, given.argument(0), reason === undefined ? {} : { reason })
      await (screen.isJson ? screen.json(run) : screen.line(runLine(screen, run)))
    },
  }
}

export const OPERATE: readonly Command[] = [
  verb("cancel", "ID", "unwind a run: cleanup runs, children are cancelled first", (call, id, by) =>
    call.client.cancel(id, by),
  ),
  verb("kill", "ID", "end a run where it stands, with no cleanup", (call, id, by) =>
    call.client.kill(id, by),
  ),
  verb("pause", "ID", "let nothing new begin in a run", (call, id, by) =>
    call.client.pause(id, by),
  ),
  verb(
    "resume",
    "ID",
    "let a paused run go on, or begin one that waits for its start",
    ({ client, given }, id, by) => {
      const startAt = given.instant("start-at", "ahead")
      return client.resume(id, { ...by, ...(startAt === undefined ? {} : { startAt }) })
    },
    {
      "start-at": { value: "INSTANT", text: "of a run that has not begun: begin it then instead" },
    },
  ),
  verb(
    "retry",
    "ID",
    "let a halted or failed run go on",
    ({ client, given }, id, by) => {
      const from = given.text("from")
      return client.retry(id, { ...by, ...(from === undefined ? {} : { from }) })
    },
    { from: { value: "PATH", text: "forget the journal from there; else from what stopped it" } },
  ),
  verb(
    "skip",
    "ID PATH [JSON]",
    "take a value as the outcome of a step of a halted or failed run",
    ({ client, given }, id, by) => {
      const value = given.json(given.optional(2), "value", "value-file")
      return client.skip(id, { ...by, path: given.argument(1), value })
    },
    { "value-file": { value: "FILE", text: "the value from a file, - for standard input" } },
  ),
  verb(
    "fork",
    "ID NEW",
    "start a run NEW with the same journal up to a path",
    ({ client, given }, id, by) => {
      const version = given.wholeNumber("version")
      const to = { id: given.argument(1), from: given.required("from") }
      return client.fork(id, { ...by, ...to, ...(version === undefined ? {} : { version }) })
    },
    {
      from: { value: "PATH", text: "where it goes its own way; must be given" },
      version: { value: "N", text: "of the workflow, to go on with" },
    },
  ),
  {
    name: "delete",
    arguments: "ID",
    summary: "delete every trace of an ended run; its id is free again",
    options: {},
    async run({ client, screen, given }) {
      const id = given.argument(0)
      await client.delete(id)
      if (screen.isJson) return screen.json({ id, deleted: true })
      await screen.line(`Run ${oneLine(id)} is deleted.`)
    },
  },
]
