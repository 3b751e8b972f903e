// The relay's wire against a slow and obvious one: whatever JSON comes, both take the same, make the same of it, and
// refuse the rest in the same words.
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { Account, AccountRequest, Transfer } from "../../src/ledger/records.ts"
import { transferOutcome } from "../../src/ledger/status-outcome.ts"
import { TRANSFER_STATUSES, type TransferStatus } from "../../src/ledger/transfer-status.ts"
import * as wire from "../../src/ledger/wire.ts"
import { WireError } from "../../src/ledger/wire-field.ts"
import * as wireQuery from "../../src/ledger/wire-query.ts"
import {
  ACCOUNT,
  ACCOUNT_REQUEST,
  type Form,
  type Kind,
  QUERY_FILTER,
  type Reading,
  referenceList,
  referenceRecord,
  TRANSFER,
} from "./wire-reference.ts"

const U128_MAX = 2n ** 128n - 1n
const U64_MAX = 2n ** 64n - 1n

/** Texts that parsers of numbers disagree about. */
const ODD_DECIMALS = [
  "",
  "00",
  "01",
  " 1",
  "1 ",
  "1\n",
  "\u00a01",
  "+1",
  "-1",
  "-0",
  "1.0",
  "1e5",
  "1E5",
  "0x10",
  "0b1",
  "1_000",
  "1n",
  "1a1",
  "1 1",
  "1-1",
  "NaN",
  "Infinity",
  "\u0661",
  "1\u06611",
  "\uff11",
  "1\u0000",
  String(U64_MAX + 1n),
  String(U128_MAX + 1n),
  "9".repeat(39),
  "9".repeat(40),
  `1${"0".repeat(60)}`,
]

const ODD_NUMBERS = [-0, -1, 1.5, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 1e300, 1e-300]

const ODD_NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "pendingId", "ID", "0"]

function decimalText(max: bigint): fc.Arbitrary<string> {
  return fc.oneof(fc.bigInt({ min: 0n, max }), fc.constantFrom(0n, 1n, max)).map(String)
}

function rightValue(kind: Kind): fc.Arbitrary<unknown> {
  if (typeof kind !== "string") return fc.subarray([...kind])
  if (kind === "u128") return decimalText(U128_MAX)
  if (kind === "u64") return decimalText(U64_MAX)
  return fc.oneof(
    fc.nat({ max: 65_535 }),
    fc.constantFrom(0, 1, kind === "code" ? 65_535 : 2 ** 32 - 1),
  )
}

const anyValue = fc.oneof(
  fc.constantFrom(...ODD_DECIMALS),
  decimalText(U128_MAX),
  fc.constantFrom(...ODD_NUMBERS),
  fc.array(fc.constantFrom("linked", "pending", "history", "reversed", "imported", "nothing", 1), {
    maxLength: 4,
  }),
  fc.jsonValue({ maxDepth: 1 }),
)

/** A member of a JSON object: mostly right, so that whole objects are. */
function memberOf(form: Form): fc.Arbitrary<[name: string, value: unknown]> {
  const names = Object.keys(form)
  const right = fc
    .constantFrom(...names)
    .chain((name) => fc.tuple(fc.constant(name), rightValue(form[name] ?? "u128")))
  const oddValue = fc.tuple(fc.constantFrom(...names), anyValue)
  const oddName = fc.tuple(fc.oneof(fc.constantFrom(...ODD_NAMES), fc.string()), anyValue)
  return fc.oneof(
    { weight: 60, arbitrary: right },
    { weight: 3, arbitrary: oddValue },
    { weight: 1, arbitrary: oddName },
  )
}

// As text, since only there a name may stand twice, or be `__proto__`, or a number be -0.
function textOf(value: unknown): string {
  if (Object.is(value, -0)) return "-0"
  return Array.isArray(value) ? `[${value.map(textOf).join(",")}]` : JSON.stringify(value)
}

function objectText(members: readonly (readonly [string, unknown])[]): string {
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${textOf(value)}`).join(",")}}`
}

function recordText(form: Form): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 20, arbitrary: fc.array(memberOf(form), { maxLength: 8 }).map(objectText) },
    { weight: 1, arbitrary: anyValue.map(textOf) },
    { weight: 1, arbitrary: fc.constantFrom("{}", "[]", "null", "[[]]", '"id"') },
  )
}

/** With every field, as answers are. */
function fullRecordText(form: Form): fc.Arbitrary<string> {
  const values = Object.values(form).map(rightValue)
  const full = fc.tuple(...values).map((given) => {
    return Object.keys(form).map((name, index): [string, unknown] => [name, given[index]])
  })
  const damage = fc.array(memberOf(form), { maxLength: 2 })
  return fc
    .tuple(full, damage, fc.nat({ max: 20 }))
    .map(([members, more, left]) =>
      objectText([...members.filter((_, index) => index !== left), ...more]),
    )
}

function bodyText(name: string, record: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(
    {
      weight: 20,
      arbitrary: fc
        .array(record, { maxLength: 4 })
        .map((records) => `{"${name}":[${records.join(",")}]}`),
    },
    { weight: 1, arbitrary: recordText({ [name]: "u128" }) },
  )
}

function read(work: () => unknown): Reading {
  try {
    return { value: work() }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return { refused: error.message }
  }
}

/** Fields count, and their order: it is what makes all records of a kind alike. */
function withOrder(reading: Reading): unknown {
  if ("refused" in reading) return reading
  const shown = (value: unknown) => (typeof value === "bigint" ? `${value}n` : value)
  return JSON.stringify(reading.value, (_name, value: unknown) => shown(value))
}

interface Case {
  readonly what: string
  readonly body: fc.Arbitrary<string>
  readonly real: (body: unknown) => unknown
  readonly reference: (body: unknown) => Reading
}

const LISTS: readonly Case[] = [
  {
    what: "requests to create transfers",
    body: bodyText("transfers", recordText(TRANSFER)),
    real: wire.readTransferRequests,
    reference: (body) => referenceList(body, "transfers", TRANSFER, "zero"),
  },
  {
    what: "requests to create accounts",
    body: bodyText("accounts", recordText(ACCOUNT_REQUEST)),
    real: wire.readAccountRequests,
    reference: (body) => referenceList(body, "accounts", ACCOUNT_REQUEST, "zero"),
  },
  {
    what: "transfers in an answer",
    body: bodyText("transfers", fullRecordText(TRANSFER)),
    real: wire.readTransfers,
    reference: (body) => referenceList(body, "transfers", TRANSFER, "refused"),
  },
  {
    what: "accounts in an answer",
    body: bodyText("accounts", fullRecordText(ACCOUNT)),
    real: wire.readAccounts,
    reference: (body) => referenceList(body, "accounts", ACCOUNT, "refused"),
  },
  {
    what: "a query's filter",
    body: recordText(QUERY_FILTER).map((filter) => `{"filter":${filter}}`),
    real: wireQuery.readQueryFilter,
    reference: (body) =>
      referenceRecord((body as { filter: unknown }).filter, "filter", QUERY_FILTER, "zero"),
  },
]

describe("whatever JSON comes, it is taken or refused as the rules say, in their words", () => {
  test.each(LISTS)("$what", ({ body, real, reference }) => {
    let taken = 0
    let refused = 0
    const property = fc.property(body, (text) => {
      const json: unknown = JSON.parse(text)
      const expected = reference(json)
      if ("refused" in expected) refused += 1
      else taken += 1
      expect(withOrder(read(() => real(json)))).toEqual(withOrder(expected))
    })
    fc.assert(property, { numRuns: 2_000 })
    // Otherwise the property would say little about one of the two.
    expect(Math.min(taken, refused)).toBeGreaterThan(100)
  })
})

test("every text that looks like a number is taken or refused as the rules say", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789".split("")), maxLength: 41 })
  const nearly = fc
    .tuple(digits, fc.constantFrom(..." .-+_eEnx\t\u00a0\u0661".split("")), digits)
    .map((parts) => parts.join(""))
  const property = fc.property(fc.oneof(digits, nearly, fc.constantFrom(...ODD_DECIMALS)), (id) => {
    const one = referenceRecord({ id }, "ids[0]", { id: "u128" }, "zero")
    const expected =
      "refused" in one
        ? { refused: one.refused.replace("ids[0].id", "ids[0]") }
        : { value: [(one.value as { id: bigint }).id] }
    expect(read(() => wire.readIds({ ids: [id] }))).toEqual(expected)
  })
  fc.assert(property, { numRuns: 5_000 })
})

describe("names that every object inherits are unknown fields", () => {
  test.each(["__proto__", "constructor", "toString"])("%s", (name) => {
    const event: unknown = JSON.parse(`{"id":"1","${name}":{"amount":"5"}}`)
    const message = new RegExp(`\\[0\\]: expected no other fields than id, .*, got "${name}"$`)
    expect(() => wire.readTransferRequests({ transfers: [event] })).toThrow(message)
    expect(() => wire.readAccountRequests({ accounts: [event] })).toThrow(message)
    const body: unknown = JSON.parse(`{"transfers":[],"${name}":[]}`)
    expect(() => wire.readTransferRequests(body)).toThrow(`got "${name}"`)
  })
})

describe("what is written is read back as it was", () => {
  const u128 = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: U128_MAX }))
  const u64 = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: U64_MAX }))
  const u32 = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
  const code = fc.nat({ max: 65_535 })
  const transfer: fc.Arbitrary<Transfer> = fc.record({
    id: u128,
    debit_account_id: u128,
    credit_account_id: u128,
    amount: u128,
    pending_id: u128,
    user_data_128: u128,
    user_data_64: u64,
    user_data_32: u32,
    timeout: u32,
    ledger: u32,
    code,
    flags: fc.nat({ max: 2 ** 9 - 1 }),
    timestamp: u64,
  })
  const account: fc.Arbitrary<Account> = fc.record({
    id: u128,
    debits_pending: u128,
    debits_posted: u128,
    credits_pending: u128,
    credits_posted: u128,
    user_data_128: u128,
    user_data_64: u64,
    user_data_32: u32,
    ledger: u32,
    code,
    flags: fc.nat({ max: 2 ** 6 - 1 }),
    timestamp: u64,
  })

  test("transfers, in requests without their zeros and in answers with every field", () => {
    const property = fc.property(fc.array(transfer, { maxLength: 3 }), (transfers) => {
      const request = JSON.parse(wire.writeTransferRequests(transfers)) as { transfers: object[] }
      expect(wire.readTransferRequests(request)).toEqual(transfers)
      const isZero = (value: unknown) => value === 0n || value === 0
      const given = (event: Transfer) => Object.entries(event).filter(([, value]) => !isZero(value))
      expect(request.transfers.map((event) => Object.keys(event))).toEqual(
        transfers.map((event) => given(event).map(([name]) => name)),
      )
      const answer: unknown = JSON.parse(wire.writeTransfers(transfers))
      expect(wire.readTransfers(answer)).toEqual(transfers)
    })
    fc.assert(property)
  })

  test("accounts, in requests without their zeros and in answers with every field", () => {
    const property = fc.property(fc.array(account, { maxLength: 3 }), u32, (accounts, reserved) => {
      const requests = accounts.map((one): AccountRequest => ({ ...one, reserved }))
      const request: unknown = JSON.parse(wire.writeAccountRequests(requests))
      expect(wire.readAccountRequests(request)).toEqual(requests)
      const answer: unknown = JSON.parse(wire.writeAccounts(accounts))
      expect(wire.readAccounts(answer)).toEqual(accounts)
    })
    fc.assert(property)
  })

  test("outcomes, also where neighbours have the same status and another class", () => {
    const statuses = Object.keys(TRANSFER_STATUSES) as TransferStatus[]
    const outcome = fc
      .tuple(
        fc.oneof(fc.constantFrom(...statuses), fc.constant("linked_event_failed" as const)),
        fc.constantFrom("rejected", "conflict", undefined),
        u64,
      )
      .map(([status, chainClass, timestamp]) => {
        const own = transferOutcome(status, timestamp)
        return chainClass === undefined ? own : { ...own, class: chainClass }
      })
    const property = fc.property(fc.array(outcome, { maxLength: 8 }), (outcomes) => {
      const text = wire.writeOutcomes(outcomes)
      const plain = outcomes.map((one) => ({ ...one, timestamp: String(one.timestamp) }))
      expect(text).toBe(JSON.stringify({ outcomes: plain }))
      expect(wire.readTransferOutcomes(JSON.parse(text), outcomes.length)).toEqual(outcomes)
    })
    fc.assert(property)
  })

  test("a record with a flag that has no name is not written, and the message says which", () => {
    const [plain] = fc.sample(transfer, 1)
    const broken = { ...plain!, flags: 512 }
    expect(() => wire.writeTransfers([plain!, broken])).toThrow(
      /^transfers\[1\]\.flags: expected bits of linked, .*, got 512$/,
    )
  })
})
