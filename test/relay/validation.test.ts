// What the relay refuses in a body, and the words in which it says so.
import { describe, expect, test } from "vitest"
import { EVENTS_MAX } from "../../src/ledger/limits.ts"
import type { Relay } from "../../src/relay/relay.ts"
import { ask, send, sign, startRelay } from "./relay-kit.ts"

const GOOD = { id: "1", ledger: 1, code: 1 }
const U128 = "340282366920938463463374607431768211455"

/** A field of the fourth transfer, its value, and the message. */
const TRANSFER_FIELDS: readonly [field: string, value: unknown, message: string][] = [
  ["code", 70_000, "transfers[3].code: expected integer 1..65535, got 70000"],
  ["code", 1.5, "transfers[3].code: expected integer 1..65535, got 1.5"],
  ["code", -1, "transfers[3].code: expected integer 1..65535, got -1"],
  ["code", "1", 'transfers[3].code: expected integer 1..65535, got "1"'],
  ["code", true, "transfers[3].code: expected integer 1..65535, got true"],
  ["code", null, "transfers[3].code: expected integer 1..65535, got null"],
  ["ledger", 2 ** 32, "transfers[3].ledger: expected integer 1..4294967295, got 4294967296"],
  ["timeout", 2 ** 32, "transfers[3].timeout: expected integer 0..4294967295, got 4294967296"],
  ["user_data_32", [], "transfers[3].user_data_32: expected integer 0..4294967295, got an array"],
  ["amount", 10, `transfers[3].amount: expected decimal string 0..${U128}, got 10`],
  ["amount", "-1", `transfers[3].amount: expected decimal string 0..${U128}, got "-1"`],
  ["amount", "1e3", `transfers[3].amount: expected decimal string 0..${U128}, got "1e3"`],
  ["amount", "0x1", `transfers[3].amount: expected decimal string 0..${U128}, got "0x1"`],
  ["amount", "01", `transfers[3].amount: expected decimal string 0..${U128}, got "01"`],
  ["amount", " 1", `transfers[3].amount: expected decimal string 0..${U128}, got " 1"`],
  ["amount", "", `transfers[3].amount: expected decimal string 0..${U128}, got ""`],
  [
    "amount",
    "340282366920938463463374607431768211456",
    `transfers[3].amount: expected decimal string 0..${U128}, got "340282366920938463463374607431768211456"`,
  ],
  [
    "user_data_64",
    "18446744073709551616",
    'transfers[3].user_data_64: expected decimal string 0..18446744073709551615, got "18446744073709551616"',
  ],
  ["flags", 1, "transfers[3].flags: expected array, got 1"],
  ["flags", ["linked", "linked"], 'transfers[3].flags[1]: expected each flag once, got "linked"'],
]

async function messageFrom(relay: Relay, path: string, body: unknown): Promise<string> {
  const reply = await ask(relay, path, body)
  expect(reply).toMatchObject({
    status: 400,
    signed: true,
    body: { submitted: false, error: { code: "invalid_request" } },
  })
  return (reply.body as { error: { message: string } }).error.message
}

describe("a transfer's field that breaks its rule is named with its index, rule and value", () => {
  test.each(TRANSFER_FIELDS)("%s: %j", async (field, value, message) => {
    const { relay } = await startRelay()
    const transfers = [GOOD, GOOD, GOOD, { ...GOOD, [field]: value }]
    expect(await messageFrom(relay, "/v1/create_transfers", { transfers })).toBe(message)
  })
})

test("minus zero is no integer", async () => {
  const { relay } = await startRelay()
  const path = "/v1/create_accounts"
  const body = '{"accounts":[{"id":"1","ledger":1,"code":-0}]}'
  const reply = await send(relay, await sign(body, { path }), path)
  expect(reply.body).toMatchObject({
    error: { message: "accounts[0].code: expected integer 1..65535, got -0" },
  })
})

test("an unknown field is refused, so that a typo does not read as zero", async () => {
  const { relay } = await startRelay()
  const transfers = [{ ...GOOD, pendingId: "5" }]
  expect(await messageFrom(relay, "/v1/create_transfers", { transfers })).toMatch(
    /^transfers\[0\]: expected no other fields than id, debit_account_id, .*, got "pendingId"$/,
  )
  const proto = await sign('{"ids":[],"__proto__":{}}')
  expect(await send(relay, proto)).toMatchObject({ status: 400 })
})

test("an unknown flag is refused with the names there are", async () => {
  const { relay } = await startRelay()
  const accounts = [{ ...GOOD, flags: ["pending"] }]
  expect(await messageFrom(relay, "/v1/create_accounts", { accounts })).toBe(
    "accounts[0].flags[0]: expected one of linked, debits_must_not_exceed_credits, " +
      'credits_must_not_exceed_debits, history, imported, closed, got "pending"',
  )
})

test("a body of another shape is refused", async () => {
  const { relay } = await startRelay()
  const path = "/v1/lookup_accounts"
  expect(await messageFrom(relay, path, [])).toBe("body: expected object with ids, got an array")
  expect(await messageFrom(relay, path, {})).toBe("ids: expected array, got nothing")
  expect(await messageFrom(relay, path, { ids: [1] })).toMatch(/^ids\[0\]: expected decimal string/)
  expect(await messageFrom(relay, path, null)).toBe("body: expected object with ids, got null")
  const noJson = await send(relay, await sign("{"))
  expect(noJson).toMatchObject({ status: 400, signed: true })
  const transfers = [null]
  expect(await messageFrom(relay, "/v1/create_transfers", { transfers })).toMatch(
    /^transfers\[0\]: expected object with id, .*, got null$/,
  )
})

test("a value in a message is cut, since it comes from outside", async () => {
  const { relay } = await startRelay()
  const message = await messageFrom(relay, "/v1/lookup_accounts", { ids: ["9".repeat(10_000)] })
  expect(message.length).toBeLessThan(200)
})

test("one event too many is refused before any of them is read", async () => {
  const { relay } = await startRelay({ rules: { eventsMax: 3 } })
  const path = "/v1/create_accounts"
  const accounts = [1, 2, 3].map((id) => ({ ...GOOD, id: `${id}` }))
  expect(await ask(relay, path, { accounts })).toMatchObject({ status: 200 })
  expect(await messageFrom(relay, path, { accounts: [...accounts, "not even an account"] })).toBe(
    "accounts: expected at most 3 entries, got 4",
  )
})

test("the largest request there may be is taken", async () => {
  const { relay } = await startRelay()
  const ids = Array.from({ length: EVENTS_MAX }, () => U128)
  expect(await ask(relay, "/v1/lookup_accounts", { ids })).toMatchObject({ status: 200 })
  const tooMany = [...ids, "1"]
  expect(await messageFrom(relay, "/v1/lookup_accounts", { ids: tooMany })).toBe(
    `ids: expected at most ${EVENTS_MAX} entries, got ${EVENTS_MAX + 1}`,
  )
})

test("imported events are refused unless the relay was told to take them", async () => {
  const { relay } = await startRelay()
  const accounts = [GOOD, { ...GOOD, id: "2", flags: ["imported"], timestamp: "1" }]
  expect(await ask(relay, "/v1/create_accounts", { accounts })).toMatchObject({
    status: 403,
    signed: true,
    body: { error: { message: "accounts[1].flags: this relay takes no imported events." } },
  })
})
