// What the relay writes to its log: enough to find a request, nothing that is anybody's secret, never without bound.
import { afterEach, expect, test, vi } from "vitest"
import { LedgerError } from "../../src/ledger/errors.ts"
import type { RelayKey } from "../../src/ledger/signature.ts"
import { LogThrottle } from "../../src/relay/log-throttle.ts"
import type { RelayLogEntry } from "../../src/relay/relay-log.ts"
import { ask, KEY, ledgerOf, send, sign, startRelay } from "./relay-kit.ts"

const TRANSFERS = "/v1/create_transfers"

afterEach(() => {
  vi.useRealTimers()
})

const never = <Result>() => new Promise<Result>(() => undefined)

function requests(log: readonly RelayLogEntry[]) {
  return log.filter((entry) => entry.event === "request")
}

test("a request that is not answered 200 has a line: what, who, how many, how it ended", async () => {
  const ledger = ledgerOf({ createTransfers: never, lookupAccounts: async () => [] })
  const { relay, log } = await startRelay({ ledger })
  await ask(relay, "/v1/lookup_accounts", { ids: ["1"] })
  await ask(relay, TRANSFERS, { transfers: [{}, {}] }, { deadlineMs: Date.now() + 400 })
  await ask(relay, TRANSFERS, { transfers: [{ id: "x" }] })
  await send(relay, { method: "GET" }, TRANSFERS)
  expect(requests(log)).toEqual([
    {
      event: "request",
      operation: "create_transfers",
      key: KEY.id,
      events: 2,
      status: 504,
      waitedMs: expect.any(Number) as number,
    },
    expect.objectContaining({ key: KEY.id, events: null, status: 400 }),
    expect.objectContaining({ key: null, events: null, status: 405 }),
  ])
})

test("an answer that took a second has a line, and every one where the operator wants them", async () => {
  const ledger = ledgerOf({
    createTransfers: () => new Promise((resolve) => setTimeout(resolve, 1_050, [])),
    lookupAccounts: async () => [],
  })
  const { relay, log } = await startRelay({ ledger })
  await ask(relay, TRANSFERS, { transfers: [] })
  expect(requests(log)).toMatchObject([{ status: 200, events: 0 }])
  const { relay: other, log: all } = await startRelay({ logged: "all" })
  for (let count = 0; count < 50; count += 1) {
    await ask(other, "/v1/lookup_accounts", { ids: ["1"] })
  }
  expect(requests(all)).toHaveLength(50)
})

test("the log says that it started, on what, for which keys, and when it was ready", async () => {
  const { relay, log } = await startRelay()
  await expect.poll(() => log.map(({ event }) => event)).toContain("ready")
  expect(log[0]).toEqual({
    event: "started",
    url: relay.url,
    ledger: "embedded",
    place: ":memory:",
    keys: [KEY.id],
    eventsMax: 2_000,
  })
})

test("no amount, id, user data, secret or body ever stands in the log", async () => {
  const secrets = ["314159265358979", "271828182845904", "161803398874989", "141421356237309"]
  const [id, amount, account, userData] = secrets
  const fields = { id, amount, debit_account_id: account, user_data_128: userData }
  const event = { ...fields, credit_account_id: "1", ledger: 1, code: 1 }
  const key: RelayKey = { id: "logged", secret: "577215664901532 is a secret" }
  const stranger: RelayKey = { ...key, secret: "693147180559945 is no secret" }
  const replies = [
    () => Promise.reject(new LedgerError("ledger_unavailable", "no session")),
    () => Promise.reject(new Error("something unforeseen")),
    () => Promise.resolve([]),
    never,
  ]
  const ledger = ledgerOf({
    createTransfers: () => (replies.shift() ?? never)(),
    lookupAccounts: async () => [],
  })
  const { relay, log } = await startRelay({
    ledger,
    keys: new Map([
      [key.id, { secret: key.secret, rights: { ledgers: new Set([1]), imported: "refused" } }],
    ]),
    logged: "all",
    metricsToken: "662607015 is a token",
  })
  const statuses: number[] = []
  const say = async (body: unknown, parts = {}) => {
    statuses.push((await ask(relay, TRANSFERS, body, { key, ...parts })).status)
  }
  for (let call = 0; call < 3; call += 1) await say({ transfers: [event] })
  await say({ transfers: [event] }, { deadlineMs: Date.now() + 400 })
  await say({ transfers: [{ ...event, ledger: 9 }] })
  await say({ transfers: [{ ...event, amount: Number(amount) }] })
  await say({ transfers: [{ ...event, [String(id)]: 1 }] })
  await say({ transfers: [event] }, { key: stranger })
  const broken = await sign(`{"transfers": ${String(id)}`, { key, path: TRANSFERS })
  statuses.push((await send(relay, broken, TRANSFERS)).status)
  statuses.push((await send(relay, { method: "GET" }, `/v1/${String(id)}`)).status)
  await send(relay, { headers: { authorization: "Bearer 662607015 is a token" } }, "/metrics")
  expect(statuses).toEqual([503, 500, 502, 504, 403, 400, 400, 401, 400, 404])
  expect(log.length).toBeGreaterThan(10)
  expect(JSON.stringify(log)).not.toMatch(/3141592|2718281|1618033|1414213|5772156|6931471|6626070/)
})

test("a flood of refused requests is summed up", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
  const log: RelayLogEntry[] = []
  const throttle = new LogThrottle((entry) => log.push(entry))
  const refused = { event: "auth_refused", reason: "key", operation: "lookup_accounts" } as const
  for (let second = 0; second < 3; second += 1) {
    for (let count = 0; count < 10_000; count += 1) throttle.write(refused)
    throttle.write({ event: "ready" })
    vi.advanceTimersByTime(1_001)
  }
  expect(log).toHaveLength(3 * (20 + 1 + 1))
  const suppressed = log.filter(({ event }) => event === "suppressed")
  expect(suppressed).toEqual(
    [1, 2, 3].map(() => {
      return { event: "suppressed", of: "auth_refused", count: 9_980 }
    }),
  )
})

test("each kind of entry has its own share, and what was held back is told at the end", async () => {
  const log: RelayLogEntry[] = []
  const throttle = new LogThrottle((entry) => log.push(entry))
  for (let count = 0; count < 25; count += 1) {
    throttle.write({ event: "auth_refused", reason: "key", operation: "lookup_accounts" })
  }
  throttle.write({ event: "request_failed", message: "a mistake" })
  throttle.flush()
  expect(log.slice(20)).toEqual([
    { event: "request_failed", message: "a mistake" },
    { event: "suppressed", of: "auth_refused", count: 5 },
  ])
})
