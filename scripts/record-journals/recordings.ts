// Recordings: which runs of the systems are recorded, what leads each of them to where it is recorded.
// Owns: the requests. A run recorded in the middle either waits by itself or is held by a fault in the named step.

type Request = readonly [
  method: "POST" | "PUT",
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
]

export interface Recording {
  /** Name of the file, and what it shows. */
  readonly name: string
  readonly run: string
  readonly requests: readonly Request[]
  /** When it is recorded: at a status, or once the step has begun. */
  readonly at: "suspended" | "completed" | "cancelled" | { readonly step: string }
}

/** The first attempt of this step never ends. */
function held(step: string): Readonly<Record<string, string>> {
  return { "x-belay-fault": `${step}:1:hang` }
}

const DEPOSITS: readonly Request[] = [
  ["POST", "/balances/alice/deposits/d1", { amount: 1_000 }],
  ["POST", "/balances/bob/deposits/d2", { amount: 1 }],
  ["POST", "/balances/carol/deposits/d3", { amount: 1 }],
  ["PUT", "/balances/carol", { closed: true }],
]

const SOURCE = "7f0c2a51-93c5-4d9e-9c43-2f6a1a4b5c01"
const HELD_SOURCE = "7f0c2a51-93c5-4d9e-9c43-2f6a1a4b5c02"

function order(id: string) {
  const items = [{ sku: "widget-001", qty: 2, price: 2_999 }]
  return { id, items, customer: { id: "alice", email: "alice@example.com" } }
}

function event(n: number) {
  const payload = n === 1 ? { name: "Alice", email: "alice@example.com" } : { name: `Alice ${n}` }
  return {
    eventId: `e${n}`,
    type: n === 1 ? "UserRegistered" : "ProfileUpdated",
    timestamp: "2026-01-01T00:00:00Z",
    payload,
  }
}

export const RECORDINGS: readonly Recording[] = [
  {
    name: "account-creation.completed",
    run: `create-account-${SOURCE}`,
    requests: [["PUT", `/accounts/${SOURCE}`]],
    at: "completed",
  },
  {
    name: "account-creation.writing",
    run: `create-account-${HELD_SOURCE}`,
    requests: [["PUT", `/accounts/${HELD_SOURCE}`, undefined, held("createLedgerAccount")]],
    at: { step: "createLedgerAccount" },
  },
  {
    name: "money-transfer.completed",
    run: "transfer-t1",
    requests: [
      ...DEPOSITS,
      ["POST", "/transfers/t1", { source: "alice", target: "bob", amount: 50 }],
    ],
    at: "completed",
  },
  {
    name: "money-transfer.compensated",
    run: "transfer-t2",
    requests: [["POST", "/transfers/t2", { source: "alice", target: "carol", amount: 75 }]],
    at: "completed",
  },
  {
    name: "money-transfer.crediting",
    run: "transfer-t3",
    requests: [
      [
        "POST",
        "/transfers/t3",
        { source: "alice", target: "bob", amount: 20 },
        held("creditTarget"),
      ],
    ],
    at: { step: "creditTarget" },
  },
  {
    name: "order-fulfilment.completed",
    run: "order/o1",
    requests: [["POST", "/orders", order("o1")]],
    at: "completed",
  },
  {
    name: "order-fulfilment.charging",
    run: "order/o2",
    requests: [["POST", "/orders", order("o2"), held("chargePayment")]],
    at: { step: "chargePayment" },
  },
  {
    name: "order-lifecycle.delivered",
    run: "order-lifecycle/l1",
    requests: [["POST", "/order-lifecycles/l1", { path: "deliver" }]],
    at: "completed",
  },
  {
    name: "order-lifecycle.refunded",
    run: "order-lifecycle/l2",
    requests: [["POST", "/order-lifecycles/l2", { path: "cancel" }]],
    at: "completed",
  },
  {
    name: "order-lifecycle.confirmed",
    run: "order-lifecycle/l3",
    requests: [
      ["POST", "/order-lifecycles/l3"],
      ["POST", "/order-lifecycles/l3/transitions", { to: "confirmed" }],
    ],
    at: "suspended",
  },
  {
    name: "one-click-buy.confirmed",
    run: "checkout/k1",
    requests: [["POST", "/buy/k1", { itemId: "widget-001", windowMs: 200 }]],
    at: "completed",
  },
  {
    name: "one-click-buy.cancelled",
    run: "checkout/k2",
    requests: [
      ["POST", "/buy/k2", { itemId: "widget-001", windowMs: 60_000 }],
      ["POST", "/cancel/k2"],
    ],
    at: "completed",
  },
  {
    name: "one-click-buy.window",
    run: "checkout/k3",
    requests: [["POST", "/buy/k3", { itemId: "widget-001", windowMs: 60_000 }]],
    at: "suspended",
  },
  {
    name: "user-session.expired",
    run: "session/s1",
    requests: [
      [
        "POST",
        "/sessions/s1",
        { userId: "alice", idleTimeoutMs: 1_000, activities: [{ type: "page_view" }] },
      ],
    ],
    at: "completed",
  },
  {
    name: "user-session.idle",
    run: "session/s2",
    requests: [
      ["POST", "/sessions/s2", { userId: "alice", idleTimeoutMs: 60_000 }],
      ["POST", "/sessions/s2/activities", { type: "page_view", data: { page: "/" } }],
    ],
    at: "suspended",
  },
  {
    name: "event-projection.completed",
    run: "projection/u1",
    requests: [["POST", "/projections/u1", { events: [event(1), event(2), event(3)] }]],
    at: "completed",
  },
  {
    name: "event-projection.applying",
    run: "projection/u2",
    requests: [["POST", "/projections/u2", { events: [event(1), event(2)] }, held("applyEvent#2")]],
    at: { step: "applyEvent" },
  },
  {
    name: "ledger-transfer.committed",
    run: "ledger-transfer-lt1",
    requests: [
      ["POST", "/ledger-transfers/lt1", { source: SOURCE, bankAccount: "bob", amount: 50 }],
    ],
    at: "completed",
  },
  {
    name: "ledger-transfer.compensated",
    run: "ledger-transfer-lt2",
    requests: [
      ["POST", "/ledger-transfers/lt2", { source: SOURCE, bankAccount: "carol", amount: 50 }],
    ],
    at: "completed",
  },
  {
    name: "ledger-transfer.paying",
    run: "ledger-transfer-lt3",
    requests: [
      [
        "POST",
        "/ledger-transfers/lt3",
        { source: SOURCE, bankAccount: "bob", amount: 20 },
        held("creditBank"),
      ],
    ],
    at: { step: "creditBank" },
  },
]
