// Outside touch: which functions are said to do something outside, by their text.
import { createHash } from "node:crypto"
import { describe, expect, test, vi } from "vitest"
import type { StepContext } from "../../src/engine/index.ts"
import { functionOf, hangs, inTurn, returns } from "../../src/testing/mocks.ts"
import { outsideTouch } from "../../src/testing/outside-touch.ts"

const sent: unknown[] = []
const prices = new Map([["x", 1]])
const bank = { charge: async (cents: number) => cents, balanceOf: (name: string) => name.length }
let total = 0
const state = { total: 0 }
const helper = (value: unknown) => value
interface Database {
  prepare(statement: string): Database
  bind(value: unknown): Database
  run(): Promise<number>
  first(): Promise<number>
  readonly insert: (row: unknown) => Promise<number>
  insertRow(row: unknown): Promise<number>
  getOrCreate(name: string): Promise<number>
  transferFrom(name: string): Promise<number>
}
const database: Database = {
  prepare: () => database,
  bind: () => database,
  run: async () => 1,
  first: async () => 1,
  insert: async () => 1,
  insertRow: async () => 1,
  getOrCreate: async () => 1,
  transferFrom: async () => 1,
}
const STATEMENT = "of which nothing is known here"
const open = () => database
const request = async (url: string, init: { method: string }) => url + init.method
const connect = async () => database
const hit = () => {
  total++
}
class Shop {
  orders = 0
  readonly add = () => {
    this.orders++
  }
}
const shop = new Shop()

type Step = Parameters<typeof outsideTouch>[0]

const touching: readonly ((...input: never[]) => unknown)[] = [
  () => sent.push(1),
  () => {
    total++
  },
  () => {
    --total
  },
  () => (state.total = 5),
  () => {
    sent.length = 0
  },
  () => {
    sent[0] = 1
  },
  async () => bank.charge(5),
  async () => helper("what it does nobody knows"),
  () => {
    hit()
    return 1
  },
  async () => fetch("data:,"),
  // oxlint-disable-next-line prefer-arrow-callback
  function named() {
    sent.push(2)
  },
  shop.add,
  async () => database.prepare("INSERT INTO orders VALUES (?)").bind(1).first(),
  async () => database.prepare(`update accounts set cents = cents - ?`).bind(1).first(),
  async () => database.prepare(STATEMENT).bind(1).run(),
  async () => request("https://bank.example", { method: "POST" }),
  async () => open().insert(1),
  async () => {
    const client = await connect()
    await client.insert(1)
  },
  async () => {
    const list = sent
    list.push(1)
  },
  async () => {
    const it = state
    it.total += 1
  },
  async () => Object.assign(state, { total: 1 }),
  async () => {
    if (state.total > 0) state.total++
    if (state.total > 0) {
      sent.push(state.total)
    }
  },
  async (ctx: StepContext) => {
    const { insert } = ctx.getDependency<Database>("database")
    await insert(1)
  },
  async (ctx: StepContext) => {
    const count = ctx.getDependency<typeof state>("state")
    count.total += 1
  },
  async () => database.getOrCreate("alice"),
  async () => database.transferFrom("alice"),
  database.insertRow.bind(database),
  vi.fn(() => sent.push(3)),
  functionOf(
    inTurn("first", () => sent.push(4)),
    () => "the step",
  ),
]

const still: readonly ((...input: never[]) => unknown)[] = [
  () => "ok",
  async () => ({ state: "reserved", at: new Date(), id: crypto.randomUUID() }),
  (_: unknown, left: number, right: number) => left + right,
  (_: unknown, list: string[]) => {
    const seen = new Set<string>()
    let count = 0
    for (const each of list) {
      if (seen.has(each)) count += 1
      seen.add(each)
      list.push("a copy")
    }
    return `${count} of ${list.map((each) => each.trim()).join(", ")} // not sent.push()`
  },
  async () => prices.get("x") ?? total,
  async () => bank.balanceOf("alice"),
  async () => {
    await new Promise((resolve) => setTimeout(resolve, 1))
  },
  () => {
    throw new Error("sent.push('not this')")
  },
  (_: unknown, { id = "none" }: { id?: string }) => JSON.stringify({ id }).replaceAll("a", "b"),
  () => helper(5),
  async () => database.prepare("SELECT name FROM orders WHERE id = ?").bind(1).first(),
  async () => database.prepare("INSERT OR IGNORE INTO orders VALUES (?)").bind(1).run(),
  async () => database.prepare("insert into t values (?) on conflict do nothing").bind(1).run(),
  async () => database.prepare("UPDATE orders SET state = 'paid' WHERE id = ?").bind(1).run(),
  async (_: unknown, text: string) => createHash("sha256").update(text).digest("hex"),
  async (_: unknown, { total: sum }: { total: number }) => {
    const first = state.total
    let much = first
    much += sum
    return much
  },
  prices.get.bind(prices),
  vi.fn(),
  vi.fn(async () => "ok"),
  vi.fn().mockResolvedValue("ok"),
  returns(5),
  hangs(),
]

describe("by its text", () => {
  test.each(touching.map((fn) => [String(fn).replaceAll(/\s+/g, " ").slice(0, 70), fn] as const))(
    "touches: %s",
    (_, fn) => {
      expect(outsideTouch(fn as Step)).toEqual(expect.any(String))
    },
  )
  test.each(still.map((fn) => [String(fn).replaceAll(/\s+/g, " ").slice(0, 70), fn] as const))(
    "does not: %s",
    (_, fn) => {
      expect(outsideTouch(fn as Step)).toBeUndefined()
    },
  )
})
