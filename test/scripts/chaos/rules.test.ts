// The audit of the chaos: silent about what is right, and each kind of wrong is found by name. What is wrong is planted
// here, one thing at a time. (Ledger transfers have test/crash/ledger-transfer-audit.test.ts.)

import { describe, expect, test } from "vitest"
import { auditAccounts, type AccountBooks } from "../../../scripts/chaos/rules/account-creation.ts"
import {
  auditProjections,
  type ProjectionBooks,
} from "../../../scripts/chaos/rules/event-projection.ts"
import { auditMoney, type MoneyBooks } from "../../../scripts/chaos/rules/money-transfer.ts"
import {
  auditPurchases,
  type PurchaseBooks,
  type WantedPurchase,
} from "../../../scripts/chaos/rules/one-click-buy.ts"
import { auditOrders, type OrderBooks } from "../../../scripts/chaos/rules/order-fulfilment.ts"
import {
  auditLifecycles,
  type LifecycleBooks,
  type WantedLifecycle,
} from "../../../scripts/chaos/rules/order-lifecycle.ts"
import { type RunSeen, type RunsSeen } from "../../../scripts/chaos/rules/run-seen.ts"
import {
  auditSchedule,
  tickIds,
  type ScheduleBooks,
} from "../../../scripts/chaos/rules/schedule.ts"
import { auditSessions, type SessionBooks } from "../../../scripts/chaos/rules/user-session.ts"

function completed(result: unknown): RunSeen {
  return { status: "completed", result, errorCode: undefined, errorText: undefined }
}

function failed(errorCode: string): RunSeen {
  return { status: "failed", result: undefined, errorCode, errorText: "it failed" }
}

/** As they are, but for one. */
function withRun(runs: RunsSeen, name: string, run: RunSeen | undefined): RunsSeen {
  const changed = new Map(runs)
  if (run === undefined) changed.delete(name)
  else changed.set(name, run)
  return changed
}

type Plant<Books> = (books: Books) => Partial<Books>

/** Right books have no findings; what is planted is found in these words. */
function audits<Books extends object>(
  audit: (books: Books) => string[],
  right: Books,
  plants: readonly (readonly [string, Plant<Books>, string])[],
): void {
  test("right books have no findings", () => {
    expect(audit(right)).toEqual([])
  })
  test.each(plants)("found: %s", (_, plant, finding) => {
    expect(audit({ ...right, ...plant(right) }).join("\n")).toContain(finding)
  })
}

const halted: RunSeen = {
  status: "halted",
  result: undefined,
  errorCode: "panic",
  errorText: "look at it",
}

describe("account creation", () => {
  const right: AccountBooks = {
    wanted: [
      { uuid: "a", told: "1" },
      { uuid: "b", told: undefined },
    ],
    runs: new Map([
      ["a", completed({ uuid: "a", guid: "1" })],
      ["b", completed({ uuid: "b", guid: "2" })],
    ]),
    rows: [
      { uuid: "a", guid: "1" },
      { uuid: "b", guid: "2" },
    ],
    ledgerIds: ["1", "2"],
  }
  audits(auditAccounts, right, [
    [
      "a run that is lost",
      ({ runs }) => ({ runs: withRun(runs, "a", undefined) }),
      "a: was accepted and there is no run",
    ],
    [
      "a run that halted",
      ({ runs }) => ({ runs: withRun(runs, "a", halted) }),
      "a: is halted (look at it)",
    ],
    [
      "a run under way",
      ({ runs }) => ({ runs: withRun(runs, "b", { ...halted, status: "suspended" }) }),
      "b: is suspended",
    ],
    ["no reference row", ({ rows }) => ({ rows: rows.slice(1) }), "a: has 0 reference rows"],
    [
      "two reference rows",
      ({ rows }) => ({ rows: [...rows, { uuid: "a", guid: "3" }] }),
      "a: has 2 reference rows",
    ],
    ["no ledger account", () => ({ ledgerIds: ["2"] }), "a: the ledger has no account 1"],
    [
      "another id in the run",
      ({ runs }) => ({ runs: withRun(runs, "a", completed({ guid: "9" })) }),
      "a: its run gave 9, its row 1",
    ],
    [
      "another id told",
      () => ({
        wanted: [
          { uuid: "a", told: "9" },
          { uuid: "b", told: undefined },
        ],
      }),
      "a: its caller was told 9",
    ],
    [
      "a row of nobody's",
      ({ rows }) => ({ rows: [...rows, { uuid: "c", guid: "3" }] }),
      "c: a reference row that nobody asked for",
    ],
    [
      "a second ledger account",
      () => ({ ledgerIds: ["1", "2", "3"] }),
      "ledger account 3: has no reference row",
    ],
  ])
})

describe("money transfer", () => {
  const transfer = (id: string) => ({ id, source: "rich", target: "poor", amount: 30 })
  const right: MoneyBooks = {
    wanted: ["c", "k", "r"].map(transfer),
    deposits: [
      { account: "rich", opId: "opening", amount: 100 },
      { account: "poor", opId: "opening", amount: 1 },
    ],
    runs: new Map([
      ["c", completed({ status: "committed" })],
      ["k", completed({ status: "compensated" })],
      ["r", completed({ status: "rejected" })],
    ]),
    accounts: new Map([
      [
        "rich",
        {
          balance: 70,
          entries: [
            { opId: "opening", amount: 100 },
            { opId: "c-debit", amount: -30 },
            { opId: "k-debit", amount: -30 },
            { opId: "k-reversal", amount: 30 },
          ],
        },
      ],
      [
        "poor",
        {
          balance: 31,
          entries: [
            { opId: "opening", amount: 1 },
            { opId: "c-credit", amount: 30 },
          ],
        },
      ],
    ]),
  }
  const poor =
    (balance: number, entries: { opId: string; amount: number }[]) => (books: MoneyBooks) => ({
      accounts: new Map([...books.accounts, ["poor", { balance, entries }]]),
    })
  const opening = { opId: "opening", amount: 1 }
  const credit = { opId: "c-credit", amount: 30 }
  audits(auditMoney, right, [
    [
      "a run that is lost",
      ({ runs }) => ({ runs: withRun(runs, "c", undefined) }),
      "c: was accepted and there is no run",
    ],
    [
      "another end",
      ({ runs }) => ({ runs: withRun(runs, "c", completed({ status: "debited" })) }),
      "c: ended as debited",
    ],
    ["a credit that is missing", poor(1, [opening]), "entry missing: poor c-credit 30"],
    [
      "a credit that came twice",
      poor(61, [opening, credit, credit]),
      "entry too many: poor c-credit 30",
    ],
    [
      "a credit of a compensated transfer",
      poor(61, [opening, credit, { opId: "k-credit", amount: 30 }]),
      "entry too many: poor k-credit 30",
    ],
    [
      "a debit of a rejected one",
      ({ runs }) => ({ runs: withRun(runs, "c", completed({ status: "rejected" })) }),
      "entry too many: rich c-debit -30",
    ],
    [
      "a reversal that is missing",
      ({ runs }) => ({ runs: withRun(runs, "r", completed({ status: "compensated" })) }),
      "entry missing: rich r-reversal 30",
    ],
    [
      "another amount",
      poor(30, [opening, { opId: "c-credit", amount: 29 }]),
      "entry too many: poor c-credit 29",
    ],
    ["a deposit that is lost", poor(30, [credit]), "entry missing: poor opening 1"],
    [
      "a balance that is not the sum",
      poor(32, [opening, credit]),
      "account poor: 32, its entries 31",
    ],
    ["an account below zero", poor(-1, [opening, credit]), "account poor: is below zero, -1"],
    ["money out of nothing", poor(32, [opening, credit]), "the accounts hold 102 of 101 deposited"],
  ])
})

describe("order fulfilment", () => {
  const right: OrderBooks = {
    wanted: [
      {
        id: "done",
        items: [
          { sku: "pear", qty: 2, price: 10 },
          { sku: "pear", qty: 1, price: 5 },
        ],
      },
      { id: "short", items: [{ sku: "truffle", qty: 1, price: 10 }] },
    ],
    runs: new Map([
      ["done", completed({ total: 25 })],
      ["short", failed("out_of_stock")],
    ]),
    reservations: [{ orderId: "done", sku: "pear", qty: 3, taken: 1 }],
    charges: [{ orderId: "done", chargeId: "ch", amount: 25 }],
    confirmations: [{ orderId: "done", chargeId: "ch" }],
    stock: new Map([
      ["pear", { before: 10, after: 7 }],
      ["truffle", { before: 0, after: 0 }],
    ]),
  }
  audits(auditOrders, right, [
    [
      "a run that is lost",
      ({ runs }) => ({ runs: withRun(runs, "done", undefined) }),
      "done: was accepted and there is no run",
    ],
    [
      "another failure",
      ({ runs }) => ({ runs: withRun(runs, "short", failed("order_conflict")) }),
      "short: is failed (it failed)",
    ],
    ["no charge", () => ({ charges: [] }), "done: is completed, its rows are"],
    [
      "a charge of another amount",
      () => ({ charges: [{ orderId: "done", chargeId: "ch", amount: 24 }] }),
      '"charges":[24]',
    ],
    ["two charges", ({ charges }) => ({ charges: [...charges, ...charges] }), '"charges":[25,25]'],
    [
      "two confirmations",
      ({ confirmations }) => ({ confirmations: [...confirmations, ...confirmations] }),
      '"confirmations":2',
    ],
    [
      "a reservation of less",
      () => ({ reservations: [{ orderId: "done", sku: "pear", qty: 2, taken: 1 }] }),
      '"reserved":{"pear":2}',
    ],
    [
      "a reservation not taken off the stock",
      () => ({ reservations: [{ orderId: "done", sku: "pear", qty: 3, taken: 0 }] }),
      '"pear, not taken":3',
    ],
    [
      "a reservation of an order that failed",
      ({ reservations }) => ({
        reservations: [...reservations, { orderId: "short", sku: "truffle", qty: 1, taken: 1 }],
      }),
      "short: is failed, its rows are",
    ],
    [
      "a row of nobody's",
      ({ charges }) => ({ charges: [...charges, { orderId: "x", chargeId: "x", amount: 1 }] }),
      "order x: a row that nobody asked for",
    ],
    [
      "a confirmation of another charge",
      () => ({ confirmations: [{ orderId: "done", chargeId: "other" }] }),
      "done: confirmed for the charge other",
    ],
    [
      "stock that is gone",
      () => ({ stock: new Map([["pear", { before: 10, after: 6 }]]) }),
      "stock of pear: 10 before, 3 reserved, 6 left",
    ],
    [
      "stock below zero",
      () => ({ stock: new Map([["pear", { before: 2, after: -1 }]]) }),
      "stock of pear: is below zero, -1",
    ],
  ])
})

describe("order lifecycle", () => {
  const asked = (
    id: string,
    path: WantedLifecycle["path"],
    ...granted: string[]
  ): WantedLifecycle => ({ id, path, granted })
  const chain = (orderId: string, ...states: string[]) =>
    states.map((to, index) => ({
      orderId,
      from: states[index - 1] ?? null,
      to,
      timestamp: `t${index}`,
    }))
  const historyOf = (...states: string[]) =>
    chain("", ...states).map(({ from, to, timestamp }) => ({ from, to, timestamp }))
  const delivered = ["created", "confirmed", "shipped", "delivered"]
  const refunded = ["created", "confirmed", "cancelled", "refunded"]
  const right: LifecycleBooks = {
    wanted: [asked("d", undefined, "confirmed", "shipped"), asked("r", "cancel")],
    runs: new Map([
      ["d", completed({ history: historyOf(...delivered) })],
      ["r", completed({ history: historyOf(...refunded) })],
    ]),
    rows: [...chain("d", ...delivered), ...chain("r", ...refunded)],
  }
  const rowsOfD =
    (...rows: LifecycleBooks["rows"]) =>
    () => ({ rows: [...rows, ...chain("r", ...refunded)] })
  audits(auditLifecycles, right, [
    [
      "a run that is lost",
      ({ runs }) => ({ runs: withRun(runs, "d", undefined) }),
      "d: was accepted and there is no run",
    ],
    [
      "a transition that is missing",
      rowsOfD(...chain("d", ...delivered).slice(0, 3)),
      "d: its rows are nothing → created, created → confirmed, confirmed → shipped",
    ],
    [
      "a transition made twice",
      rowsOfD(...chain("d", ...delivered), ...chain("d", ...delivered).slice(3)),
      "d: its rows are",
    ],
    ["no refund", ({ rows }) => ({ rows: rows.slice(0, -1) }), "r: its rows are"],
    [
      "both ways at once",
      rowsOfD(...chain("d", ...delivered), ...chain("d", ...refunded).slice(2)),
      "d: its rows are",
    ],
    [
      "another script",
      () => ({
        wanted: [asked("d", "cancel"), asked("r", "cancel")],
      }),
      "d: its rows are",
    ],
    [
      "another history",
      ({ runs }) => ({ runs: withRun(runs, "d", completed({ history: historyOf(...refunded) })) }),
      "d: its run tells another history",
    ],
    [
      "a grant that did not hold",
      () => ({
        wanted: [asked("d", undefined, "cancelled"), asked("r", "cancel")],
      }),
      "d: was told to be cancelled, and never was",
    ],
    [
      "rows of nobody's",
      ({ rows }) => ({ rows: [...rows, ...chain("x", "created")] }),
      "order x: rows that nobody asked for",
    ],
  ])
})

describe("one-click buy", () => {
  const wantedOf = (key: string, cancel: WantedPurchase["cancel"]): WantedPurchase => ({
    key,
    itemId: "i",
    cancel,
  })
  const right: PurchaseBooks = {
    wanted: [
      wantedOf("bought", undefined),
      wantedOf("late", "refused"),
      wantedOf("off", "granted"),
      wantedOf("failed", undefined),
    ],
    runs: new Map([
      ["bought", completed({ state: "PURCHASE_CONFIRMED", orderId: "1" })],
      ["late", completed({ state: "PURCHASE_CONFIRMED", orderId: "2" })],
      ["off", completed({ state: "PURCHASE_CANCELLED" })],
      ["failed", failed("failed")],
    ]),
    rows: [
      { key: "bought", itemId: "i", state: "PURCHASE_CONFIRMED", orderId: "1" },
      { key: "late", itemId: "i", state: "PURCHASE_CONFIRMED", orderId: "2" },
      { key: "off", itemId: "i", state: "PURCHASE_CANCELLED", orderId: null },
    ],
  }
  audits(auditPurchases, right, [
    [
      "a run that is lost",
      ({ runs }) => ({ runs: withRun(runs, "off", undefined) }),
      "off: was accepted and there is no run",
    ],
    [
      "a run that failed though its cancel was granted",
      ({ runs }) => ({ runs: withRun(runs, "off", failed("failed")) }),
      "off: is failed",
    ],
    ["no row", ({ rows }) => ({ rows: rows.slice(1) }), "bought: was decided 0 times"],
    ["two rows", ({ rows }) => ({ rows: [...rows, ...rows.slice(2)] }), "off: was decided 2 times"],
    [
      "a row that says something else",
      ({ rows }) => ({
        rows: [
          ...rows.slice(0, 2),
          { key: "off", itemId: "i", state: "PURCHASE_CONFIRMED", orderId: "3" },
        ],
      }),
      "off: its run says PURCHASE_CANCELLED, its row",
    ],
    [
      "another item",
      ({ rows }) => ({
        rows: [
          ...rows.slice(0, 2),
          { key: "off", itemId: "j", state: "PURCHASE_CANCELLED", orderId: null },
        ],
      }),
      "off: its run says",
    ],
    [
      "a cancel that was granted and did not hold",
      () => ({ wanted: [wantedOf("bought", "granted")] }),
      "bought: its cancel was granted, it is PURCHASE_CONFIRMED",
    ],
    [
      "a cancel that was refused and held",
      () => ({ wanted: [wantedOf("off", "refused")] }),
      "off: its cancel was refused, it is PURCHASE_CANCELLED",
    ],
    [
      "called off by nobody",
      () => ({ wanted: [wantedOf("off", undefined)] }),
      "off: its cancel was never asked for",
    ],
    [
      "an order id given twice",
      ({ rows }) => ({
        rows: rows.map((row) => (row.key === "late" ? { ...row, orderId: "1" } : row)),
      }),
      "order id 1: was given twice",
    ],
    [
      "a row of nobody's",
      ({ rows }) => ({
        rows: [...rows, { key: "x", itemId: "i", state: "PURCHASE_CANCELLED", orderId: null }],
      }),
      "purchase x: a row that nobody asked for",
    ],
  ])
})

describe("user session", () => {
  const states = (sessionId: string, ...entered: string[]) =>
    entered.map((state) => ({ sessionId, state }))
  const right: SessionBooks = {
    wanted: [{ id: "s", accepted: ["a", "b"] }],
    runs: new Map([["s", completed({ activitiesRecorded: 2 })]]),
    states: states("s", "active", "idle", "expired", "cleaned_up"),
    activities: [
      { sessionId: "s", seq: 1, type: "a" },
      { sessionId: "s", seq: 2, type: "b" },
    ],
    revocations: [{ sessionId: "s" }],
  }
  audits(auditSessions, right, [
    ["a run that is lost", () => ({ runs: new Map() }), "s: was accepted and there is no run"],
    [
      "a session that was never cleaned up",
      ({ states }) => ({ states: states.slice(0, 3) }),
      "s: entered active,expired,idle",
    ],
    [
      "two logins",
      (books) => ({ states: [...books.states, ...states("s", "active")] }),
      "s: entered active,active",
    ],
    [
      "two revocations",
      ({ revocations }) => ({ revocations: [...revocations, ...revocations] }),
      "s: its tokens were revoked 2 times",
    ],
    ["no revocation", () => ({ revocations: [] }), "s: its tokens were revoked 0 times"],
    [
      "an activity that is lost",
      ({ activities }) => ({ activities: activities.slice(0, 1) }),
      "s: accepted [1 a,2 b], recorded [1 a]",
    ],
    [
      "an activity recorded twice",
      ({ activities }) => ({ activities: [...activities, { sessionId: "s", seq: 3, type: "b" }] }),
      "recorded [1 a,2 b,3 b]",
    ],
    [
      "another order",
      () => ({ wanted: [{ id: "s", accepted: ["b", "a"] }] }),
      "s: accepted [1 b,2 a], recorded [1 a,2 b]",
    ],
    [
      "a gap",
      ({ activities }) => ({ activities: activities.map((row) => ({ ...row, seq: row.seq * 2 })) }),
      "recorded [2 a,4 b]",
    ],
    [
      "one that was refused",
      () => ({ wanted: [{ id: "s", accepted: ["a"] }] }),
      "s: accepted [1 a], recorded [1 a,2 b]",
    ],
    [
      "another count",
      () => ({ runs: new Map([["s", completed({ activitiesRecorded: 3 })]]) }),
      "s: counts 3 activities, recorded are 2",
    ],
    [
      "rows of nobody's",
      ({ revocations }) => ({ revocations: [...revocations, { sessionId: "x" }] }),
      "session x: rows that nobody asked for",
    ],
  ])
})

describe("event projection", () => {
  const event = (eventId: string, type: string, payload: Record<string, string> = {}) => ({
    eventId,
    type,
    timestamp: "2026-01-01T00:00:00Z",
    payload,
  })
  const placed = event("2", "OrderPlaced", { orderId: "o" })
  const right: ProjectionBooks = {
    wanted: [
      {
        userId: "u",
        events: [
          event("1", "UserRegistered", { name: "U", email: "u@example.com" }),
          placed,
          placed,
          event("3", "OrderPlaced", { orderId: "p" }),
          event("4", "OrderShipped", { orderId: "o" }),
          event("5", "ProfileUpdated", { name: "V" }),
          event("6", "SubscriptionActivated"),
          event("7", "SubscriptionRenewed"),
          event("8", "OrderPlaced", { orderId: "q" }),
          event("9", "OrderCancelled", { orderId: "q" }),
        ],
      },
      { userId: "w", events: [event("1", "SubscriptionRenewed"), event("2", "Unheard")] },
      { userId: "y", events: [event("1", "OrderCancelled", { orderId: "o" })] },
    ],
    runs: new Map([
      ["u", completed({})],
      ["w", failed("event_type_unknown")],
      ["y", failed("order_not_active")],
    ]),
    shown: new Map([
      [
        "u",
        {
          status: "done",
          projection: {
            userId: "u",
            name: "V",
            email: "u@example.com",
            subscription: "active",
            subscriptionRenewals: 1,
            totalOrders: 3,
            cancelledOrders: 1,
            eventsProcessed: 9,
            activeOrders: ["p"],
            shippedOrders: ["o"],
          },
        },
      ],
      [
        "w",
        {
          status: "failed",
          projection: emptyProjection("w", { subscriptionRenewals: 1, eventsProcessed: 1 }),
        },
      ],
      ["y", { status: "failed", projection: emptyProjection("y", {}) }],
    ]),
  }
  const shownOfW = (shown: unknown) => (books: ProjectionBooks) => ({
    shown: new Map([...books.shown, ["w", shown]]),
  })
  audits(auditProjections, right, [
    [
      "a run that is lost",
      ({ runs }) => ({ runs: withRun(runs, "u", undefined) }),
      "u: was accepted and there is no run",
    ],
    [
      "a legal stream that failed",
      ({ runs }) => ({ runs: withRun(runs, "u", failed("event_type_unknown")) }),
      "u: is failed",
    ],
    [
      "another failure",
      ({ runs }) => ({ runs: withRun(runs, "w", failed("order_not_active")) }),
      "w: is failed",
    ],
    [
      "not shown as what it is",
      shownOfW({ status: "processing" }),
      "w: is shown as processing, not failed",
    ],
    [
      "an event applied twice",
      shownOfW({
        status: "failed",
        projection: emptyProjection("w", { subscriptionRenewals: 2, eventsProcessed: 2 }),
      }),
      "w: is projected as",
    ],
    [
      "an illegal event that was applied",
      shownOfW({
        status: "failed",
        projection: emptyProjection("w", { subscriptionRenewals: 1, eventsProcessed: 2 }),
      }),
      "w: is projected as",
    ],
    [
      "an event left out",
      ({ wanted }) => ({
        wanted: wanted.map(({ userId, events }) => ({ userId, events: events.slice(0, 7) })),
      }),
      "u: is projected as",
    ],
  ])

  function emptyProjection(userId: string, counts: Record<string, number>) {
    return {
      userId,
      name: "",
      email: "",
      subscription: "none",
      subscriptionRenewals: 0,
      totalOrders: 0,
      cancelledOrders: 0,
      eventsProcessed: 0,
      activeOrders: [],
      shippedOrders: [],
      ...counts,
    }
  }
})

describe("schedule", () => {
  const ids = ["1970-01-01T00:00:03.000Z", "1970-01-01T00:00:06.000Z"].map((tick) => `s/${tick}`)
  const right: ScheduleBooks = {
    name: "s",
    tickMs: 3_000,
    createdAtMs: 1_000,
    lastAtMs: 6_000,
    counters: { started: 2, skipped: 0, missed: 0, failed: 0 },
    runs: new Map(ids.map((id) => [id, completed({})])),
    effectsPerRun: 2,
    effectKeys: ["1", "2", "3", "4"],
  }
  test("its ticks begin behind the instant it was made at, and end with the newest", () => {
    expect(tickIds(right)).toEqual(ids)
    expect(tickIds({ ...right, createdAtMs: 3_000 })).toEqual(ids.slice(1))
    expect(tickIds({ ...right, lastAtMs: Number.NaN })).toEqual([])
  })
  audits(auditSchedule, right, [
    [
      "a tick without a run",
      ({ runs }) => ({ runs: withRun(runs, ids[1] ?? "", undefined) }),
      "s/1970-01-01T00:00:06.000Z: was accepted and there is no run",
    ],
    [
      "a tick that was missed",
      () => ({ counters: { started: 1, skipped: 0, missed: 1, failed: 0 } }),
      "for 2 ticks",
    ],
    [
      "a tick that began two runs",
      () => ({ counters: { started: 3, skipped: 0, missed: 0, failed: 0 } }),
      "for 2 ticks",
    ],
    [
      "an effect that is missing",
      () => ({ effectKeys: ["1", "2", "3"] }),
      "2 runs left 3 effects under 3 keys",
    ],
    [
      "an effect left twice",
      () => ({ effectKeys: ["1", "2", "3", "3"] }),
      "2 runs left 4 effects under 3 keys",
    ],
    [
      "an effect of nobody's",
      () => ({ effectKeys: ["1", "2", "3", "4", "5"] }),
      "2 runs left 5 effects under 5 keys",
    ],
  ])
})
