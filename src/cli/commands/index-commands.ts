// Index commands: what the index counts, what can be started, and the repair of the index.

import type { RunStats, StatusCounts } from "../../client/index.ts"
import type { Command } from "../command.ts"
import { UsageError } from "../exit-code.ts"
import { readText } from "../given.ts"
import type { Screen } from "../screen.ts"
import { colourOf, STATUSES } from "../status.ts"
import { Table } from "../table.ts"
import { counted, cut, oneLine, safeJson } from "../text.ts"

/** Of the name of one, beside its counts. */
const WORKFLOW_MIN = 10

export const STATS: Command = {
  name: "stats",
  arguments: "",
  summary: "how many runs there are, by status and workflow, and the last hour",
  options: { workflow: { value: "NAME", text: "of this workflow" } },
  async run({ client, screen, given }) {
    const workflow = given.text("workflow")
    const stats = await client.stats({ workflow })
    await (screen.isJson ? screen.json(stats) : printStats(screen, stats, workflow !== undefined))
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
  summary: "have the search index read all its runs again, and these that it may not know",
  options: {
    "ids-file": { value: "FILE", text: "ids, one a line; - for standard input" },
  },
  async run({ client, screen, given }) {
    const file = given.text("ids-file")
    const listed = file === undefined ? [] : readText(file).split(/\r?\n/)
    const ids = [...given.rest(0), ...listed.filter((line) => line !== "")]
    // Whoever names a file has runs in mind that the index may not know.
    if (file !== undefined && ids.length === 0) throw new UsageError(`${file} has no ids.`)
    const asked = await client.rebuild(ids)
    if (screen.isJson) return screen.json({ asked })
    await screen.line(`${counted(asked, "run")} ${asked === 1 ? "is" : "are"} being read again.`)
  },
}

async function printStats(screen: Screen, stats: RunStats, isOfOne: boolean): Promise<void> {
  const { total, statuses, workflows, minutes, index } = stats
  await screen.wrapped(`${counted(total, "run")}: ${countsText(statuses) || "none"}`)
  const started = minutes.reduce((sum, minute) => sum + minute.started, 0)
  const ended = minutes.reduce((sum, minute) => sum + minute.ended, 0)
  // What happened by the minute is counted of all together.
  const whose = isOfOne ? ", of all workflows" : ""
  await screen.wrapped(`The last hour${whose}: ${started} started, ${ended} ended`)
  const { shards, unread } = index
  const behind =
    unread === 0 ? "" : `; ${unread} ${unread === 1 ? "has" : "have"} said what is not read yet`
  await screen.wrapped(`Index: ${counted(shards, "shard")}${behind}`)
  if (workflows.length === 0) return
  await screen.line()
  const shown = STATUSES.filter((status) => (statuses[status] ?? 0) > 0)
  const headWidth = WORKFLOW_MIN + [" TOTAL", ...shown].join("  ").length
  if (headWidth > (screen.terminalWidth ?? Infinity)) return printNarrow(screen, workflows)
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

/** Where the columns do not fit, each workflow has a line and its counts below. */
async function printNarrow(screen: Screen, workflows: RunStats["workflows"]): Promise<void> {
  for (const { workflow, version, total, statuses } of workflows) {
    await screen.line(cut(`${oneLine(workflow)} v${version}`, screen.width))
    await screen.wrapped(`${counted(total, "run")}: ${countsText(statuses)}`, undefined, "  ")
  }
}

function countsText(counts: StatusCounts): string {
  return STATUSES.filter((status) => (counts[status] ?? 0) > 0)
    .map((status) => oneLine(`${counts[status] ?? 0} ${status}`))
    .join(", ")
}
