// One-click buy: the rules the purchases are audited by. Pure.
//   B1. A purchase is decided once: one row, which says what its run says. One whose confirming failed four times in a
//       row may have left its row or none.
//   B2. A cancel that was granted holds, one that was refused came too late, and without one it is bought.
//   B3. No order id is given twice; no row belongs to nobody.

import { member } from "../../support/json-client.ts"
import { endFindings, grouped, type RunsSeen } from "./run-seen.ts"

export interface WantedPurchase {
  readonly key: string
  readonly itemId: string
  /** What its caller was told when he called it off; `undefined` when he did not. */
  readonly cancel: "granted" | "refused" | undefined
}

interface PurchaseRow {
  readonly key: string
  readonly itemId: string
  readonly state: string
  readonly orderId: string | null
}

export interface PurchaseBooks {
  readonly wanted: readonly WantedPurchase[]
  readonly runs: RunsSeen
  readonly rows: readonly PurchaseRow[]
}

const CONFIRMED = "PURCHASE_CONFIRMED"
const CANCELLED = "PURCHASE_CANCELLED"

export function auditPurchases({ wanted, runs, rows }: PurchaseBooks): string[] {
  const byKey = grouped(rows, ({ key }) => key)
  const findings = wanted.flatMap((purchase) => {
    const { key, itemId, cancel } = purchase
    const run = runs.get(key)
    const found = byKey.get(key) ?? []
    const hasFailed = run?.status === "failed"
    const state = hasFailed ? CONFIRMED : member(run?.result, "state")
    const orderId = member(run?.result, "orderId") ?? null
    const own = endFindings(key, run, () => cancel !== "granted")
    if (found.length !== 1 && !(hasFailed && found.length === 0)) {
      own.push(`${key}: was decided ${found.length} times`)
    }
    for (const row of found) {
      const isSame =
        row.itemId === itemId && row.state === state && (hasFailed || row.orderId === orderId)
      if (!isSame) own.push(`${key}: its run says ${String(state)}, its row ${JSON.stringify(row)}`)
    }
    const isCancelled = state === CANCELLED
    if ((cancel === "granted") !== isCancelled) {
      own.push(`${key}: its cancel was ${cancel ?? "never asked for"}, it is ${String(state)}`)
    }
    return own
  })
  const keys = new Set(wanted.map(({ key }) => key))
  const strangers = [...byKey.keys()].filter((key) => !keys.has(key))
  const orders = grouped(
    rows.filter(({ orderId }) => orderId !== null),
    ({ orderId }) => String(orderId),
  )
  const twice = [...orders].filter(([, group]) => group.length > 1)
  return [
    ...findings,
    ...strangers.map((key) => `purchase ${key}: a row that nobody asked for`),
    ...twice.map(([orderId]) => `order id ${orderId}: was given twice`),
  ]
}
