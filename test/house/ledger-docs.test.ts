// The ledger's page names every status as the code has it: what stands there is what happens.

import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { ACCOUNT_STATUSES } from "../../src/ledger/account-status.ts"
import type { StatusFacts } from "../../src/ledger/outcome.ts"
import { TRANSFER_STATUSES } from "../../src/ledger/transfer-status.ts"
import { RELAY_OPERATIONS } from "../../src/ledger/wire.ts"

const page = readFileSync(new URL("../../docs/ledger.md", import.meta.url), "utf8")

/** The cells of the table below a heading, row by row, without its head. */
function tableBelow(heading: string): string[][] {
  const [, below = ""] = page.split(`### ${heading}\n`)
  const [section = ""] = below.split(/^#/m)
  const rows = section.split("\n").filter((line) => line.startsWith("|"))
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

function expectedRows(table: Readonly<Record<string, StatusFacts>>): string[][] {
  return Object.entries(table).map(([status, facts]) => [
    `\`${status}\``,
    `${facts.number}`,
    facts.class,
  ])
}

describe("docs/ledger.md", () => {
  test("has every account status with its number and class", () => {
    const rows = tableBelow("Accounts: 27 statuses")
    expect(rows.map((row) => row.slice(0, 3))).toEqual(expectedRows(ACCOUNT_STATUSES))
    expect(rows.filter(([, , , advice]) => advice === "")).toEqual([])
  })

  test("has every transfer status with its number, its class, and whether it burns the id", () => {
    const rows = tableBelow("Transfers: 68 statuses")
    expect(rows.map((row) => row.slice(0, 3))).toEqual(expectedRows(TRANSFER_STATUSES))
    const burning = rows.filter(([, , , burns]) => burns === "yes").map(([status]) => status)
    const facts: Readonly<Record<string, StatusFacts>> = TRANSFER_STATUSES
    expect(burning).toEqual(
      Object.keys(facts)
        .filter((status) => facts[status]?.burnsId)
        .map((status) => `\`${status}\``),
    )
    expect(rows.filter(([, , , , advice]) => advice === "")).toEqual([])
  })

  test("names every operation of the wire", () => {
    const rows = tableBelowTitle("The wire").map(([operation]) => operation)
    expect(rows).toEqual(RELAY_OPERATIONS.map((operation) => `\`${operation}\``))
  })
})

function tableBelowTitle(title: string): string[][] {
  const [, below = ""] = page.split(`## ${title}\n`)
  const rows = below.split("\n\n").find((part) => part.startsWith("| operation"))
  return (rows ?? "")
    .split("\n")
    .slice(2)
    .map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}
