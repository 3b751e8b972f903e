// System routes: the systems' own routes, which the served contract does not have, with what each may answer.
// Owns: the table. A test holds it together with the routes that src/systems adds: a new one needs its line here.

export interface SystemRoute {
  readonly line: string
  /** Statuses beside those of rights, method and server errors. */
  readonly statuses: readonly number[]
  /** A body that it takes; parts in braces of the path stand in it where they must agree. */
  readonly body?: unknown
}

const UUID_LINE = "/accounts/{uuid}"

export const SYSTEM_ROUTES: readonly SystemRoute[] = [
  { line: `PUT ${UUID_LINE}`, statuses: [200, 201, 202, 400, 409, 413] },
  { line: `GET ${UUID_LINE}`, statuses: [200, 400, 404] },
  {
    line: "POST /balances/{account}/deposits/{opId}",
    statuses: [200, 201, 400, 409, 413],
    body: { amount: 100 },
  },
  { line: "GET /balances/{account}", statuses: [200, 400, 404] },
  { line: "PUT /balances/{account}", statuses: [200, 400, 404, 413], body: { closed: false } },
  {
    line: "POST /transfers/{id}",
    statuses: [200, 202, 400, 404, 409, 413],
    body: { source: "fuzz-a", target: "fuzz-b", amount: 1 },
  },
  { line: "GET /transfers/{id}", statuses: [200, 400, 404] },
  {
    line: "POST /ledger-transfers/{id}",
    statuses: [200, 202, 400, 404, 409, 413],
    body: { source: "1", bankAccount: "fuzz-a", amount: 1 },
  },
  { line: "GET /ledger-transfers/{id}", statuses: [200, 400, 404] },
  { line: "GET /ledger/health", statuses: [200] },
  {
    line: "POST /orders",
    statuses: [202, 400, 409, 413],
    body: {
      id: "fuzz-order",
      items: [{ sku: "widget-001", qty: 1, price: 5 }],
      customer: { id: "c", email: "c@example.com" },
    },
  },
  { line: "GET /orders/{id}/status", statuses: [200, 400, 404] },
  { line: "GET /stock/{sku}", statuses: [200, 400, 404] },
  { line: "PUT /stock/{sku}", statuses: [200, 400, 413], body: { available: 1_000_000 } },
  {
    line: "POST /order-lifecycles/{id}",
    statuses: [200, 201, 202, 400, 409, 413],
    body: { path: "deliver" },
  },
  { line: "GET /order-lifecycles/{id}", statuses: [200, 400, 404] },
  {
    line: "POST /order-lifecycles/{id}/transitions",
    statuses: [200, 202, 400, 404, 409, 413, 429],
    body: { to: "confirmed" },
  },
  { line: "GET /buy", statuses: [200] },
  {
    line: "POST /buy/{key}",
    statuses: [200, 400, 409, 413],
    body: { itemId: "widget-001", windowMs: 100 },
  },
  { line: "GET /status/{key}", statuses: [200, 400, 404] },
  { line: "POST /cancel/{key}", statuses: [200, 202, 400, 404, 409, 429] },
  {
    line: "POST /sessions/{id}",
    statuses: [200, 201, 202, 400, 409, 413],
    body: { userId: "u", idleTimeoutMs: 1_000, activities: [{ type: "click", data: { a: 1 } }] },
  },
  { line: "GET /sessions/{id}", statuses: [200, 400, 404] },
  {
    line: "POST /sessions/{id}/activities",
    statuses: [202, 400, 404, 409, 413, 429],
    body: { type: "click", data: { x: 1 } },
  },
  { line: "POST /sessions/{id}/logout", statuses: [200, 400, 404, 413, 429] },
  {
    line: "POST /projections/{userId}",
    statuses: [200, 202, 400, 409, 413],
    body: {
      events: [
        {
          eventId: "e1",
          type: "UserRegistered",
          timestamp: 1,
          payload: { name: "n", email: "e" },
        },
      ],
    },
  },
  { line: "GET /projections/{userId}", statuses: [200, 400, 404] },
]

/** What `/sessions/:id` as src/systems writes it is in a line here. */
export function documentedPath(path: string): string {
  return path.replaceAll(/:(\w+)/g, "{$1}")
}
