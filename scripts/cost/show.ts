// Show: bills as tables, for people.
// Owns: how an amount and a price are written. Must not touch: what they are.

import { printTable } from "../support/table.ts"
import type { Bill } from "./bill.ts"
import type { Price } from "./prices.ts"

const RUNS = 1_000_000

export function printBill(title: string, { lines, dollars }: Bill): void {
  console.log(title)
  const rows = lines
    .filter(({ amount }) => amount > 0)
    .map(({ what, amount, price, dollars: cost }) => [
      what,
      `${amountText(amount)} ${price.unit}`,
      `${dollarsText(price.dollars)} per ${perText(price)}`,
      perMillion(cost),
    ])
  rows.push(["total", "", "", perMillion(dollars)])
  printTable(["", "one run", "price", "a million runs"], rows)
}

export function perText({ per, unit }: Pick<Price, "per" | "unit">): string {
  if (per === 1) return unit.replace(/s$/, "")
  return per === RUNS ? `million ${unit}` : `${per.toLocaleString("en")} ${unit}`
}

/** What one run costs is so little that nobody can read it: a million of them. */
export function perMillion(dollars: number): string {
  return dollarsText(dollars * RUNS)
}

export function dollarsText(dollars: number): string {
  if (dollars === 0) return "$0"
  if (dollars < 0.005) return `$${dollars.toPrecision(1)}`
  if (dollars >= 1_000) return `$${Math.round(dollars).toLocaleString("en")}`
  return `$${dollars.toFixed(2)}`
}

export function amountText(amount: number): string {
  if (Number.isInteger(amount)) return amount.toLocaleString("en")
  if (amount >= 100) return Math.round(amount).toLocaleString("en")
  return Number(amount.toPrecision(2)).toString()
}
