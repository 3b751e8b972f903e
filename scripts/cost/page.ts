// Page: the tables of docs/cost.md, between marks that say which is which.
// Owns: those parts of the page and no other.

import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { format, resolveConfig } from "prettier"
import type { IndexShare } from "./index-share.ts"
import {
  breakEvenTable,
  costTable,
  indexTable,
  priceTable,
  usageTable,
  type TableText,
} from "./tables.ts"
import type { Measured } from "./workloads.ts"

const PAGE = fileURLToPath(new URL("../../docs/cost.md", import.meta.url))

export async function publish(
  measured: readonly Measured[],
  shares: readonly IndexShare[],
): Promise<void> {
  const tables: Readonly<Record<string, TableText>> = {
    prices: priceTable(),
    usage: usageTable(measured),
    cost: costTable(measured),
    index: indexTable(shares, measured),
    "break-even": breakEvenTable(measured),
  }
  let page = readFileSync(PAGE, "utf8")
  for (const [name, table] of Object.entries(tables)) page = withTable(page, name, table)
  const options = (await resolveConfig(PAGE)) ?? {}
  writeFileSync(PAGE, await format(page, { ...options, parser: "markdown" }))
}

/** @throws Error where the page has no place for it */
function withTable(page: string, name: string, table: TableText): string {
  const [before = "", rest] = page.split(`<!-- table: ${name} -->\n`)
  const end = rest?.indexOf("<!-- end -->") ?? -1
  if (rest === undefined || end < 0) throw new Error(`docs/cost.md has no place for ${name}.`)
  return `${before}<!-- table: ${name} -->\n\n${markdown(table)}\n\n${rest.slice(end)}`
}

export function markdown({ header, rows }: TableText): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`
  // Figures stand under one another.
  const isFigures = (index: number) => rows.every((row) => /^[$\d]/.test(row[index] ?? ""))
  const rule = header.map((_, index) => (isFigures(index) ? "--:" : "---"))
  return [line(header), line(rule), ...rows.map(line)].join("\n")
}
