// The rounds of the bench: who is asked when, who sits out, and what becomes of who fails.
import { describe, expect, test } from "vitest"
import { inRounds, joined, type Contender } from "../../scripts/bench/rounds.ts"

const FIGURES = [{ id: "f", what: "a figure", unit: "ms" }] as const

function contender(name: string, read: () => Promise<number>, timeMs?: number): Contender {
  return {
    name,
    read: async () => ({ f: await read() }),
    ...(timeMs === undefined ? {} : { timeMs }),
  }
}

const linesOf = async (contenders: readonly Contender[], rounds: number) =>
  (await inRounds({ figures: FIGURES, contenders, rounds }))[0]?.lines ?? []

describe("rounds", () => {
  test("ask everybody once, and begin with another one each time", async () => {
    const asked: string[] = []
    const noting = (name: string) =>
      contender(name, async () => {
        asked.push(name)
        return 1
      })
    await linesOf(["a", "b", "c"].map(noting), 3)
    expect(asked.join("")).toBe("abcbcacab")
  })

  test("ask who is slow less often, and once at least", async () => {
    let nowMs = 0
    const taking = async (ms: number) => (nowMs += ms)
    const contenders = [
      contender("own", () => taking(30)),
      contender("slow", () => taking(30), 10),
      contender("some", () => taking(30), 100),
    ]
    const now = () => nowMs
    const [figure] = await inRounds({ figures: FIGURES, contenders, rounds: 8, now })
    expect(figure?.lines.map(({ readings }) => readings.length)).toEqual([8, 1, 3])
  })

  test("become fewer where all are slow, and two at least", async () => {
    let nowMs = 0
    const taking = (ms: number) => [contender("own", async () => (nowMs += ms))]
    const now = () => nowMs
    const lengths = async (ms: number) => {
      const plan = { figures: FIGURES, contenders: taking(ms), rounds: 8, now }
      return (await inRounds(plan))[0]?.lines[0]?.readings.length
    }
    expect(await lengths(1)).toBe(8)
    expect(await lengths(25_000)).toBe(3)
    expect(await lengths(1_000_000)).toBe(2)
  })

  test("leave out a peer that fails, with its reason, and go on", async () => {
    const failing = contender("peer", () => Promise.reject(new Error("out of paper")), 1_000)
    const lines = await linesOf([contender("own", async () => 1), failing], 3)
    expect(lines.map(({ readings }) => readings.length)).toEqual([3, 0])
    expect(lines[1]).toMatchObject({ contender: "peer", reason: "out of paper" })
  })

  test("keep what a peer has shown before it failed", async () => {
    let asked = 0
    const once = () => (asked++ === 0 ? Promise.resolve(7) : Promise.reject(new Error("enough")))
    const [line] = await linesOf([contender("peer", once, 1_000)], 3)
    expect(line).toEqual({ contender: "peer", readings: [{ round: 0, value: 7 }] })
  })

  test("end when Belay or the floor fails", async () => {
    const failing = contender("own", () => Promise.reject(new Error("a bug")))
    await expect(linesOf([failing], 3)).rejects.toThrow("a bug")
  })

  test("show who was absent in every figure", async () => {
    const absent = [{ contender: "gone", readings: [], reason: "not installed" }]
    const figures = await inRounds({ figures: FIGURES, contenders: [], rounds: 1, absent })
    expect(figures[0]?.lines).toEqual(absent)
  })
})

test("figures of the same id become one, with one line for each contender", () => {
  const [head] = FIGURES
  const of = (contenderName: string, value: number) => ({
    ...head,
    lines: [{ contender: contenderName, readings: [{ round: 0, value }] }],
  })
  const [figure, ...others] = joined([of("a", 1), of("b", 2), of("a", 3)])
  expect(others).toEqual([])
  expect(figure?.lines.map(({ contender: name, readings }) => [name, readings[0]?.value])).toEqual([
    ["a", 1],
    ["b", 2],
  ])
})
