// The store of one stretch: what is held is written together, before anything that speaks of it, and never twice.

import { describe, expect, test } from "vitest"
import type { JournalRecord } from "../../src/engine/ports/journal.ts"
import type { RunStore } from "../../src/engine/ports/ports.ts"
import { StretchStore } from "../../src/engine/machine/stretch-store.ts"

function record(seq: number, ref?: number): JournalRecord {
  return { seq, type: "completed", path: String(seq), atMs: 0, inline: true, ref }
}

/** A store that notes what it is asked to write, and fails where it is told to. */
function noting() {
  const written: string[] = []
  const state = { failsAt: "", isReadOnly: false }
  const note = (what: string) => {
    if (what === state.failsAt) throw new Error(`No ${what}.`)
    written.push(what)
  }
  const store: Partial<RunStore> = {
    append: (records) => note(records.map(({ seq }) => seq).join("+")),
    atomically: (work) => {
      note("begin")
      const result = work()
      note("end")
      return result
    },
    saveWait: ({ id }) => note(`wait ${id}`),
    dropChild: (path) => note(`drop ${path}`),
    read: () => [],
  }
  const undone: unknown[] = []
  const stretch = new StretchStore(
    Object.defineProperty(store, "isReadOnly", { get: () => state.isReadOnly }) as RunStore,
    (error) => void undone.push(error),
  )
  return { stretch, written, state, undone }
}

describe("records that follow one another", () => {
  test("are written as one when the stretch ends", () => {
    const { stretch, written } = noting()
    stretch.begin(true)
    for (const seq of [1, 2, 3]) stretch.append([record(seq)])
    expect(written).toEqual([])
    stretch.flush()
    stretch.flush()
    expect(written).toEqual(["1+2+3"])
  })

  test("come before whatever else is written", () => {
    const { stretch, written } = noting()
    stretch.begin(true)
    stretch.append([record(1)])
    stretch.saveWait({ id: 1, kind: "timer", path: "1" })
    stretch.append([record(2)])
    stretch.dropChild("0")
    expect(written).toEqual(["1", "wait 1", "2", "drop 0"])
  })

  test("stand or fall with what is written beside the last of them", () => {
    const { stretch, written } = noting()
    stretch.append([record(1)])
    stretch.atomically(() => {
      stretch.append([record(2)])
      stretch.dropChild("0")
      stretch.append([record(3)])
    })
    expect(written).toEqual(["1", "begin", "2", "drop 0", "3", "end"])
  })

  test("are written at once when one consumes a message", () => {
    const { stretch, written } = noting()
    stretch.append([record(1)])
    stretch.append([record(2, 7)])
    expect(written).toEqual(["1+2"])
  })
})

describe("before a function is called", () => {
  test("a write is pending: what the stretch began with, or what is held", () => {
    const { stretch, written } = noting()
    stretch.begin(false)
    expect(stretch.secure()).toBe(false)
    stretch.append([record(1)])
    expect(stretch.secure()).toBe(true)
    expect(written).toEqual(["1"])
    stretch.append([record(2)])
    expect(stretch.secure()).toBe(true)
    expect(written).toEqual(["1"])
    stretch.flush()
    stretch.begin(false)
    expect(stretch.secure()).toBe(false)
  })

  test("nothing ever is where nothing is written", () => {
    const { stretch, state } = noting()
    state.isReadOnly = true
    stretch.begin(true)
    expect(stretch.secure()).toBe(false)
    expect(() => stretch.append([record(1)])).not.toThrow()
  })
})

describe("a write that fails", () => {
  test("is the last one: nothing is written behind the gap, and no function is called", () => {
    const { stretch, written, state } = noting()
    stretch.begin(true)
    stretch.append([record(1)])
    state.failsAt = "1"
    expect(() => stretch.flush()).toThrow("No 1.")
    state.failsAt = ""
    expect(() => stretch.append([record(2)])).toThrow("No 1.")
    expect(() => stretch.saveWait({ id: 1, kind: "timer", path: "1" })).toThrow("No 1.")
    expect(() => stretch.secure()).toThrow("No 1.")
    stretch.flush()
    expect(written).toEqual([])
  })

  test("undoes the stretch if a function was called since it began, and only then", () => {
    const { stretch, state, undone } = noting()
    stretch.begin(true)
    stretch.append([record(1)])
    expect(stretch.secure()).toBe(true)
    state.failsAt = "1"
    expect(() => stretch.flush()).toThrow("No 1.")
    expect(undone).toEqual([new Error("No 1.")])

    const other = noting()
    other.stretch.begin(true)
    other.stretch.append([record(1)])
    other.state.failsAt = "1"
    expect(() => other.stretch.flush()).toThrow("No 1.")
    expect(other.undone).toEqual([])
  })

  test("undoes nothing of a stretch that is over: what a person did is noted in one of its own", () => {
    const { stretch, state, undone } = noting()
    stretch.begin(true)
    expect(stretch.secure()).toBe(true)
    stretch.append([record(1)])
    stretch.end(false)
    stretch.append([record(2)])
    state.failsAt = "2"
    expect(() => stretch.flush()).toThrow("No 2.")
    expect(undone).toEqual([])
  })

  test("is told at the end of the stretch, whoever has caught it: a workflow that answers a message may", () => {
    const { stretch, state } = noting()
    stretch.begin(true)
    stretch.append([record(1)])
    state.failsAt = "1"
    expect(() => stretch.dropChild("0")).toThrow("No 1.")
    expect(() => stretch.end(true)).toThrow("No 1.")
  })

  test("takes along what was to stand with it", () => {
    const { stretch, written, state } = noting()
    state.failsAt = "drop 0"
    expect(() =>
      stretch.atomically(() => {
        stretch.append([record(1)])
        stretch.dropChild("0")
      }),
    ).toThrow("No drop 0.")
    stretch.flush()
    expect(written).toEqual(["begin", "1"])
  })
})
