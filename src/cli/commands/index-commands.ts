// Index commands: what the index counts, what can be started, and the repair of the index.

import type { RunStats, StatusCounts } from "../../client/index.ts"
import type { Command } from "../command.ts"
import { UsageError } from "../exit-code.ts"
import { readText } from "../given.ts"
import type { Screen } from "../screen.ts"
import { colourOf, STATUSES } from "../status.ts"
import { Table } from "../table.ts"
import { oneLine, safeJson } from "../text.ts"

export const STATS: Command = {
  name: "stats",
  arguments: "",
  summary: "how many runs there are, by status and workflow, and the last hour",
  options: { workflow: { value: "NAME", text: "of this workflow" } },
  async run({ client, screen, given }) {
    const stats = await client.stats({ workflow: given.text("workflow") })
    await (screen.isJson ? screen.json(stats) : printStats(screen, stats))
  },
}

export const WORKFLOWS: Command = {
  name: "workflows",
  arguments: "",
  summary: "what can be started",
  options: {},
  async run({ client, screen }) {
    const workflows = await client.workflows()
    if (screen.isJson) return screen.json({ workflows })
    const table = new Table(screen, [
      { title: "WORKFLOW" },
      { title: "VERSIONS" },
      { title: "EXAMPLE", isFlexible: true },
    ])
    await table.page(
      workflows.map(({ name, versions, example }) => [
        name,
        versions.join(", "),
        example === undefined ? "" : safeJson(example),
      ]),
    )
  },
}

export const REBUILD: Command = {
  name: "rebuild",
  arguments: "[ID…]",
  summary: "have the search index read runs again: these, or all it knows",
  options: {
    "ids-file": { value: "FILE", text: "ids, one a line; - for standard input" },
  },
  async run({ client, screen, given }) {
    const file = given.text("ids-file")
    const listed = file === undefined ? [] : readText(file).split(/\r?\n/)
    const ids = [...given.rest(0), ...listed.filter((line) => line !== "")]
    // An empty file asks for nothing, and least of all for everything.
    if (file !== undefined && ids.length === 0) throw new UsageError(`${file} has no ids.`)
    const asked = await client.rebuild(ids.length === 0 ? undefined : ids)
    if (screen.isJson) return screen.json({ asked })
    await screen.line(`${asked} runs are read again.`)
  },
}

async function printStats(screen: Screen, stats: RunStats): Promise<void> {
  const { total, statuses, workflows, minutes, index } = stats
  await screen.line(`${total} runs: ${countsText(statuses) || "none"}`)
  const started = minutes.reduce((sum, minute) => sum + minute.started, 0)
  const ended = minutes.reduce((sum, minute) => sum + minute.ended, 0)
  await screen.line(`The last hour: ${started} started, ${ended} ended`)
  const unread = index.unread === 0 ? "" : `; ${index.unread} have said what is not read yet`
  await screen.line(`Index: ${index.shards} shards${unread}`)
  if (workflows.length === 0) return
  await screen.line()
  const shown = STATUSES.filter((status) => (statuses[status] ?? 0) > 0)
  const table = new Table(screen, [
    { title: "WORKFLOW", isFlexible: true },
    { title: "TOTAL", side: "right" },
    ...shown.map((status) => ({ title: status.toUpperCase(), side: "right" as const })),
  ])
  await table.page(
    workflows.map((each) => [
      `${each.workflow} v${each.version}`,
      String(each.total),
      ...shown.map((status) => String(each.statuses[status] ?? "")),
    ]),
    (cell, column) => {
      const status = shown[column - 2]
      return status === undefined ? cell : screen.paint(cell, colourOf(status))
    },
  )
}

function countsText(counts: StatusCounts): string {
  return STATUSES.filter((status) => (counts[status] ?? 0) > 0)
    .map((status) => oneLine(`${counts[status] ?? 0} ${status}`))
    .join(", ")
}
