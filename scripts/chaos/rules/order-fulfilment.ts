// Order fulfilment: the rules the stock and the orders' rows are audited by. Pure.
//   O1. A completed order has reserved what it wants, once, was charged its total once and confirmed once.
//   O2. An order that found too little in stock has left nothing.
//   O3. The stock is what there was less what is reserved, never below zero; no row belongs to nobody.

import { isDeepStrictEqual } from "node:util"
import { endFindings, grouped, type RunsSeen } from "./run-seen.ts"

export interface OrderItem {
  readonly sku: string
  readonly qty: number
  readonly price: number
}

export interface WantedOrder {
  readonly id: string
  readonly items: readonly OrderItem[]
}

interface ReservationRow {
  readonly orderId: string
  readonly sku: string
  readonly qty: number
  readonly taken: number
}

export interface OrderBooks {
  readonly wanted: readonly WantedOrder[]
  readonly runs: RunsSeen
  readonly reservations: readonly ReservationRow[]
  readonly charges: readonly {
    readonly orderId: string
    readonly chargeId: string
    readonly amount: number
  }[]
  readonly confirmations: readonly { readonly orderId: string; readonly chargeId: string }[]
  readonly stock: ReadonlyMap<string, { readonly before: number; readonly after: number }>
}

export function auditOrders(books: OrderBooks): string[] {
  const reservations = grouped(books.reservations, ({ orderId }) => orderId)
  const charges = grouped(books.charges, ({ orderId }) => orderId)
  const confirmations = grouped(books.confirmations, ({ orderId }) => orderId)
  const findings = books.wanted.flatMap((order) => {
    const run = books.runs.get(order.id)
    const found = {
      reserved: sumsOf(reservations.get(order.id) ?? []),
      charges: (charges.get(order.id) ?? []).map(({ amount }) => amount),
      confirmations: (confirmations.get(order.id) ?? []).length,
    }
    const whole = { reserved: sumsOf(order.items), charges: [totalOf(order)], confirmations: 1 }
    const nothing = { reserved: {}, charges: [], confirmations: 0 }
    const expected = run?.status === "completed" ? whole : nothing
    const ends = endFindings(order.id, run, ({ errorCode }) => errorCode === "out_of_stock")
    if (isDeepStrictEqual(found, expected)) return ends
    return [...ends, `${order.id}: is ${run?.status}, its rows are ${JSON.stringify(found)}`]
  })
  return [...findings, ...auditRows(books), ...auditStock(books)]
}

function totalOf({ items }: WantedOrder): number {
  return items.reduce((sum, { qty, price }) => sum + qty * price, 0)
}

/** A reservation that was not taken off the stock shows as such. */
function sumsOf(
  lines: readonly { readonly sku: string; readonly qty: number; readonly taken?: number }[],
): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { sku, qty, taken = 1 } of lines) {
    const name = taken === 1 ? sku : `${sku}, not taken`
    sums[name] = (sums[name] ?? 0) + qty
  }
  return Object.fromEntries(
    Object.entries(sums).toSorted(([left], [right]) => (left < right ? -1 : 1)),
  )
}

function auditRows({ wanted, reservations, charges, confirmations }: OrderBooks): string[] {
  const ids = new Set(wanted.map(({ id }) => id))
  const strangers = [...reservations, ...charges, ...confirmations]
    .filter(({ orderId }) => !ids.has(orderId))
    .map(({ orderId }) => `order ${orderId}: a row that nobody asked for`)
  const chargeIds = new Map(charges.map(({ orderId, chargeId }) => [orderId, chargeId]))
  const confirmed = confirmations
    .filter(({ orderId, chargeId }) => chargeIds.get(orderId) !== chargeId)
    .map(({ orderId, chargeId }) => `${orderId}: confirmed for the charge ${chargeId}`)
  return [...strangers, ...confirmed]
}

function auditStock({ stock, reservations }: OrderBooks): string[] {
  return [...stock].flatMap(([sku, { before, after }]) => {
    const reserved = reservations
      .filter((row) => row.sku === sku)
      .reduce((sum, { qty }) => sum + qty, 0)
    if (after < 0) return [`stock of ${sku}: is below zero, ${after}`]
    if (before - reserved === after) return []
    return [`stock of ${sku}: ${before} before, ${reserved} reserved, ${after} left`]
  })
}
