// Slow sockets: how far a watcher may be behind, what it says of what it has read, and what becomes of one that says
// nothing. Its memory on a real runtime is measured in test/crash/slow-watchers.test.ts.
import { describe, expect, test } from "vitest"
import { EVENT_UNITS_MAX, SOCKET_UNREAD_UNITS_MAX, STREAMS_MAX } from "../../src/engine/limits.ts"
import type { Context } from "../../src/engine/index.ts"
import {
  hasRoom,
  hear,
  hold,
  isSilent,
  opened,
  restored,
  SILENCE_MS,
  tell,
} from "../../src/object/events/socket-flow.ts"
import {
  begin,
  codeOf,
  endOf,
  evict,
  pause,
  resultOf,
  runs,
  suspended,
  until,
} from "./support/runs.ts"
import { heard, told, watchOver } from "./support/sockets.ts"
import { watchOf } from "./support/watch.ts"

function make(_: unknown, length: number) {
  return "x".repeat(length)
}

const VALUE_LENGTH = 10_000
const STEPS = 100

/** Tells about four times what one socket is told at once. */
function* tellsMuch(ctx: Context) {
  for (let index = 0; index < STEPS; index++) yield* ctx.run(make, VALUE_LENGTH)
  yield* ctx.signal("go")
}

async function muchToTell(): Promise<string> {
  const { id } = await begin(tellsMuch)
  await suspended(id)
  return id
}

function closeCode(watcher: { readonly closed: { readonly code?: number } }): Promise<number> {
  return until(
    () => watcher.closed.code ?? 0,
    (code) => code !== 0,
  )
}

describe("a watcher that says what it has read", () => {
  test("is told all of a long past", async () => {
    const id = await muchToTell()
    const watcher = await watchOver(id, undefined, 5)
    const lines = await heard(watcher, "status suspended")
    expect(lines.filter((line) => line.endsWith("completed"))).toHaveLength(STEPS)
    await runs.signal(id, "go", 1)
    await heard(watcher, "end")
    expect(await closeCode(watcher)).toBe(1000)
  })

  test("is held back until it does; what it was told counts over an eviction", async () => {
    const stage = 17
    const { id } = await begin(function* inStages(ctx: Context) {
      for (;;) {
        for (let index = 0; index < stage; index++) yield* ctx.run(make, VALUE_LENGTH)
        yield* ctx.signal("go")
      }
    })
    await suspended(id)
    const watcher = await watchOver(id)
    await heard(watcher, "status suspended")
    await evict(id)
    await runs.signal(id, "go", 1)
    const most = Math.ceil(SOCKET_UNREAD_UNITS_MAX / VALUE_LENGTH)
    const values = () =>
      watcher.messages.filter(
        ({ data }) => data["kind"] === "step" && data["state"] === "completed",
      )
    await until(
      () => values().length,
      (count) => count > stage,
    )
    await pause(300)
    expect(values().length).toBeLessThanOrEqual(most)
    watcher.socket.send(`read ${watcher.messages.length}`)
    const all = await until(
      () => values().length,
      (count) => count >= 2 * stage,
    )
    expect(all).toBe(2 * stage)
    expect(watcher.closed).toEqual({})
  })

  test.each([
    ["nothing new", ["read 2", "read 2"]],
    ["less than before", ["read 2", "read 1"]],
    ["more than it was told", ["read 1000"]],
    ["something else", ["read"]],
    ["something else", ["read -1"]],
    ["something else", ["hello"]],
  ])("and says %s is closed: it would wake a run for nothing", async (_, said) => {
    const id = await muchToTell()
    const watcher = await watchOver(id)
    await until(
      () => watcher.messages.length,
      (count) => count > 2,
    )
    for (const text of said) watcher.socket.send(text)
    expect(await closeCode(watcher)).toBe(1008)
  })
})

describe("a watcher that says nothing", () => {
  test("is told so much, cut with 1013, and goes on with its last id", async () => {
    const id = await muchToTell()
    const seen: string[] = []
    const began = Date.now()
    const first = await watchOver(id)
    expect(await closeCode(first)).toBe(1013)
    expect(Date.now() - began).toBeGreaterThanOrEqual(SILENCE_MS)
    expect(first.closed.reason).toContain("connect again with the last id")
    expect(new TextEncoder().encode(first.closed.reason).length).toBeLessThanOrEqual(123)
    seen.push(...first.messages.map(told))
    const after = first.messages.at(-1)?.id
    const second = await watchOver(id, after, 1)
    seen.push(...(await heard(second, "status suspended")))
    const whole = await watchOver(id, undefined, 1)
    expect(seen).toEqual(await heard(whole, "status suspended"))
  })

  test("and has had all is not cut, however long nothing happens", async () => {
    const { id } = await begin(function* short(ctx: Context) {
      yield* ctx.signal("go")
    })
    await suspended(id)
    const watcher = await watchOver(id)
    await heard(watcher, "status suspended")
    await pause(SILENCE_MS + 1_000)
    expect(watcher.closed).toEqual({})
    await runs.signal(id, "go", 1)
    await heard(watcher, "end")
  })
})

describe("an event that is too long to be told", () => {
  test.each([
    ["the longest", EVENT_UNITS_MAX - 1_000, undefined],
    ["one past it", EVENT_UNITS_MAX, true],
  ])("%s", async (_, length, omitted) => {
    const { id } = await begin(function* long(ctx: Context) {
      return yield* ctx.run(make, length)
    })
    await resultOf(id)
    const watcher = await watchOver(id, undefined, 1)
    await heard(watcher, "end")
    const entry = watcher.messages.find(({ data }) => data["state"] === "completed")
    expect(entry?.data["omitted"]).toBe(omitted)
    expect("value" in (entry?.data ?? {})).toBe(omitted === undefined)
    const end = watcher.messages.at(-1)
    expect(end).toMatchObject({ data: { status: "completed", id } })
    expect(end?.data["omitted"]).toBe(omitted)
    const { events } = await runs.events(id, undefined, 0)
    const told = events.find((event) => event.type === "entry" && event.entry.state === "completed")
    expect(told).toMatchObject(omitted === undefined ? { type: "entry" } : { omitted: true })
    const { entries } = await runs.journal(id, undefined, 10)
    expect(entries[0]?.valueText?.length).toBe(length + 2)
  })
})

describe("the flow", () => {
  const order = {
    id: "r",
    after: undefined,
    view: { encoded: false, privileged: false },
    protocol: undefined,
  }

  test("there is room up to the limit and not past it", () => {
    const full = tell(opened(order), "1", SOCKET_UNREAD_UNITS_MAX)
    expect(hasRoom(tell(opened(order), "1", SOCKET_UNREAD_UNITS_MAX - 1))).toBe(true)
    expect(hasRoom(full)).toBe(false)
    expect(hasRoom(hear(full, "read 1")!)).toBe(true)
  })

  test("whoever says it after each quarter of what it may be behind is never stuck, and the attachment stays small", () => {
    let state = opened(order)
    let readUnits = 0
    for (let count = 1; count <= 5_000; count++) {
      expect(hasRoom(state)).toBe(true)
      const units = 37 * (1 + (count % 211))
      state = tell(state, `${count}`, units)
      readUnits += units
      expect(JSON.stringify(state).length).toBeLessThan(1_500)
      if (readUnits < SOCKET_UNREAD_UNITS_MAX / 4) continue
      readUnits = 0
      // As late as it can: of all but what was told last.
      if (count > 1) state = hear(state, `read ${count - 1}`) ?? state
    }
    expect(state.told.messages).toBe(5_000)
  })

  test("an attachment of a version that counted nothing counts from nothing", () => {
    const { id, after, view } = order
    expect(restored({ id, after, view })).toEqual(opened(order))
    const state = tell(opened(order), "1", 10)
    expect(restored(JSON.parse(JSON.stringify(state)))).toEqual({ ...state, after: "1" })
  })

  test("silence counts from when there was no room, and is over with a word", () => {
    let state = tell(tell(opened(order), "1", 1), "2", SOCKET_UNREAD_UNITS_MAX)
    expect(isSilent(state, Number.MAX_SAFE_INTEGER)).toBe(false)
    state = hold(hold(state, 1_000), 2_000)
    expect(isSilent(state, 1_000 + SILENCE_MS - 1)).toBe(false)
    expect(isSilent(state, 1_000 + SILENCE_MS)).toBe(true)
    expect(isSilent(hear(state, "read 1")!, Number.MAX_SAFE_INTEGER)).toBe(false)
  })
})

describe("streams", () => {
  test("one more than the limit is refused, until one leaves; and all are told the same", async () => {
    const { id } = await begin(function* waits(ctx: Context) {
      yield* ctx.signal("go")
    })
    await suspended(id)
    const past = await runs.events(id, undefined, 0)
    const last = past.events.at(-1)?.id
    const waiting = Array.from({ length: STREAMS_MAX }, () => runs.events(id, last, 15_000))
    await until(
      () => codeOf(runs.events(id, last, 0)),
      (code) => code === "limit_reached",
    )
    // Who has something to hear, hears it.
    expect((await runs.events(id, undefined, 0)).events.length).toBe(past.events.length)
    let statements = 0
    watchOf(id).onStatement = () => void statements++
    await runs.signal(id, "go", 1)
    await endOf(id)
    const batches = await Promise.all(waiting)
    watchOf(id).onStatement = undefined
    // Fewer than one for each of them: who stands at the same event is told from one look.
    expect(statements).toBeLessThan(STREAMS_MAX)
    for (const { events } of batches) expect(events[0]).toEqual(batches[0]?.events[0])
    expect((await runs.events(id, last, 0)).status).toBe("completed")
  })
})
