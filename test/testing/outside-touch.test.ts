// Outside touch: which functions are said to do something outside, by their text.
import { describe, expect, test, vi } from "vitest"
import { functionOf, hangs, inTurn, returns } from "../../src/testing/mocks.ts"
import { outsideTouch } from "../../src/testing/outside-touch.ts"

const sent: unknown[] = []
const prices = new Map([["x", 1]])
const bank = { charge: async (cents: number) => cents, balanceOf: (name: string) => name.length }
let total = 0
const state = { total: 0 }
const helper = (value: unknown) => value
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

const touching: readonly Step[] = [
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
      expect(outsideTouch(fn)).toEqual(expect.any(String))
    },
  )
  test.each(still.map((fn) => [String(fn).replaceAll(/\s+/g, " ").slice(0, 70), fn] as const))(
    "does not: %s",
    (_, fn) => {
      expect(outsideTouch(fn as Step)).toBeUndefined()
    },
  )
})
