// List: runs by what they are.

import type { RunCard, RunPage, RunQuery } from "../../client/index.ts"
import type { Call, Command } from "../command.ts"
import type { Options } from "../syntax.ts"
import { UsageError } from "../exit-code.ts"
import type { Given } from "../given.ts"
import type { Screen } from "../screen.ts"
import { colourOf, isStatus, STATUSES } from "../status.ts"
import { Table, type Column } from "../table.ts"
import { duration, instant, safeJson } from "../text.ts"

/** A page of the server's is no longer. */
const LIMIT_MAX = 200

const OPTIONS: Options = {
  workflow: { value: "NAME", text: "of this workflow" },
  version: { value: "N", text: "of this version" },
  status: { value: "STATUS", isList: true, text: `any of: ${STATUSES.join(", ")}` },
  tag: { value: "KEY=VALUE", isList: true, text: "with all of these tags" },
  parent: { value: "ID", text: "children of this run" },
  "id-prefix": { value: "TEXT", text: "with ids that begin so" },
  "created-after": { value: "INSTANT", text: "2026-01-31T08:00:00Z, or 2h for two hours ago" },
  "created-before": { value: "INSTANT", text: "the same" },
  order: { value: "ORDER", text: "newest (first, by creation), or oldest" },
  limit: { value: "N", text: `runs in a page, 1 to ${LIMIT_MAX}` },
  cursor: { value: "CURSOR", text: "go on behind an earlier page" },
  all: { text: "every page" },
}

export const LIST: Command = {
  name: "list",
  arguments: "",
  summary: "runs, the newest first",
  details: ["More than one page is said on standard error, with what goes on from there."],
  options: OPTIONS,
  run: list,
}

async function list({ client, screen, given, signal }: Call): Promise<void> {
  const query = { ...queryOf(given), signal }
  const print = screen.isJson ? new JsonPages(screen) : new TextPages(screen)
  for (let cursor = query.cursor; ;) {
    const page = await client.page({ ...query, cursor })
    await print.page(page)
    ;({ cursor } = page)
    if (cursor === undefined || !given.flag("all")) return print.close(cursor)
  }
}

function queryOf(given: Given): RunQuery {
  const status = given.texts("status")?.map((text) => {
    if (isStatus(text)) return text
    throw new UsageError(`--status is "${text}"; a run is one of ${STATUSES.join(", ")}.`)
  })
  const order = given.text("order")
  if (order !== undefined && order !== "newest" && order !== "oldest") {
    throw new UsageError(`--order is "${order}"; it is newest or oldest.`)
  }
  return {
    workflow: given.text("workflow"),
    version: given.wholeNumber("version"),
    status,
    tags: given.pairs("tag"),
    parent: given.text("parent"),
    idPrefix: given.text("id-prefix"),
    createdAfter: given.instant("created-after", "ago"),
    createdBefore: given.instant("created-before", "ago"),
    order,
    limit: given.wholeNumber("limit", LIMIT_MAX),
    cursor: given.text("cursor"),
  }
}

/** One document, written as its pages come: a hundred thousand runs are not gathered first. */
class JsonPages {
  readonly #screen: Screen
  #count = 0

  constructor(screen: Screen) {
    this.#screen = screen
  }

  async page({ runs }: RunPage): Promise<void> {
    for (const card of runs) {
      await this.#screen.write(`${this.#count++ === 0 ? '{"runs": [' : ","}\n  ${safeJson(card)}`)
    }
  }

  async close(cursor: string | undefined): Promise<void> {
    const end = cursor === undefined ? "" : `, "cursor": ${safeJson(cursor)}`
    await this.#screen.line(`${this.#count === 0 ? '{"runs": [' : "\n"}]${end}}`)
  }
}

const COLUMNS: readonly Column[] = [
  { title: "ID", isFlexible: true },
  { title: "WORKFLOW", isFlexible: true },
  { title: "STATUS" },
  { title: "CREATED", rank: 2 },
  { title: "TOOK", side: "right", rank: 1 },
  { title: "PROBLEM", isFlexible: true },
]
const STATUS_COLUMN = 2

class TextPages {
  readonly #screen: Screen
  readonly #table: Table
  #count = 0

  constructor(screen: Screen) {
    this.#screen = screen
    this.#table = new Table(screen, COLUMNS)
  }

  async page({ runs }: RunPage): Promise<void> {
    if (runs.length === 0) return
    this.#count += runs.length
    await this.#table.page(runs.map(rowOf), (cell, column, row) => {
      const status = row[STATUS_COLUMN] ?? ""
      const isPainted = column === STATUS_COLUMN && isStatus(status)
      return isPainted ? this.#screen.paint(cell, colourOf(status)) : cell
    })
  }

  async close(cursor: string | undefined): Promise<void> {
    if (this.#count === 0) this.#screen.note("No run fits.")
    if (cursor === undefined) return
    this.#screen.note(`There are more: --all shows them, --cursor ${cursor} goes on here.`)
  }
}

function rowOf(card: RunCard): readonly string[] {
  const { id, workflow, version, status, createdAt, startedAt, endedAt, problem } = card
  const tookMs = Date.parse(endedAt ?? "") - Date.parse(startedAt ?? createdAt)
  return [
    id,
    `${workflow} v${version}`,
    status,
    instant(createdAt),
    Number.isNaN(tookMs) ? "" : duration(tookMs),
    problem === undefined ? "" : `${problem.code}: ${problem.message}`,
  ]
}
