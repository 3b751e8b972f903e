// Order lifecycle: the rules the orders' transitions are audited by. Pure.
//   L1. An order's rows are one way through the graph, from created to an end, each transition once; its run tells the
//       same history.
//   L2. What was granted to a caller stands in it, and a scripted order went by its script.
//   L3. No row belongs to nobody.

import { isDeepStrictEqual } from "node:util"
import { member } from "../../support/json-client.ts"
import { endFindings, grouped, type RunsSeen } from "./run-seen.ts"

export interface WantedLifecycle {
  readonly id: string
  readonly path: "deliver" | "cancel" | undefined
  /** States that a caller was told the order had reached. */
  readonly granted: readonly string[]
}

interface TransitionRow {
  readonly orderId: string
  readonly from: string | null
  readonly to: string
  readonly timestamp: string
}

export interface LifecycleBooks {
  readonly wanted: readonly WantedLifecycle[]
  readonly runs: RunsSeen
  /** Of one order in the order they were written. */
  readonly rows: readonly TransitionRow[]
}

const DELIVERED = ["created", "confirmed", "shipped", "delivered"]
const REFUNDED = ["created", "confirmed", "cancelled", "refunded"]

/** A whole way as rows show it, each with where it came from. */
function asChain(states: readonly string[]): string[] {
  return states.map((state, index) => `${states[index - 1] ?? "nothing"} → ${state}`)
}

export function auditLifecycles({ wanted, runs, rows }: LifecycleBooks): string[] {
  const byOrder = grouped(rows, ({ orderId }) => orderId)
  const findings = wanted.flatMap(({ id, path, granted }) => {
    const run = runs.get(id)
    const found = byOrder.get(id) ?? []
    const chain = found.map(({ from, to }) => `${from ?? "nothing"} → ${to}`)
    const ways =
      path === undefined ? [DELIVERED, REFUNDED] : [path === "deliver" ? DELIVERED : REFUNDED]
    const own: string[] = []
    if (!ways.some((states) => isDeepStrictEqual(asChain(states), chain))) {
      own.push(`${id}: its rows are ${chain.join(", ")}`)
    }
    const history = found.map(({ from, to, timestamp }) => ({ from, to, timestamp }))
    if (!isDeepStrictEqual(member(run?.result, "history"), history)) {
      own.push(`${id}: its run tells another history than its rows`)
    }
    const lost = granted.filter((state) => !found.some(({ to }) => to === state))
    if (lost.length > 0) own.push(`${id}: was told to be ${lost.join()}, and never was`)
    return [...endFindings(id, run), ...own]
  })
  const ids = new Set(wanted.map(({ id }) => id))
  const strangers = [...byOrder.keys()].filter((id) => !ids.has(id))
  return [...findings, ...strangers.map((id) => `order ${id}: rows that nobody asked for`)]
}
