// The timeline: events as rows and bars: attempts, pauses, waits, what was lost, and when nobody had the run in memory.

import { describe, expect, test } from "vitest"
import { standing } from "../../../src/console/browser/run/timeline.ts"
import { BEGIN_MS, barsOf, change, deed, replay, timelineOf } from "./support/events.ts"

describe("bars", () => {
  test("an attempt that failed, the pause behind it, and the attempt that went well", () => {
    const error = { code: "failed", message: "no" }
    const timeline = timelineOf(
      change("0", "start", 0),
      change("0", "fail", 10, { error, due: 2_010 }),
      change("0", "start", 2_015, { attempts: 2 }),
      change("0", "completed", 2_020, { attempts: 2 }),
    )
    expect(barsOf(timeline, "0")).toEqual([
      "attempt 1 failed 0-10",
      "pause completed 10-2015",
      "attempt 2 completed 2015-2020",
    ])
    expect(timeline.row("0")?.segments[0]?.error).toEqual(error)
    expect(timeline.row("0")?.segments[1]?.dueMs).toBe(BEGIN_MS + 2_010)
  })

  test("a plain function has no start: its end is an instant", () => {
    expect(barsOf(timelineOf(change("0", "completed", 5)), "0")).toEqual([
      "attempt 1 completed 5-5",
    ])
  })

  test("plain functions that fail are retried as well", () => {
    const timeline = timelineOf(
      change("0", "fail", 5, { due: 50 }),
      change("0", "failed", 50, { attempts: 2 }),
    )
    expect(barsOf(timeline, "0")).toEqual([
      "attempt 1 failed 5-5",
      "pause completed 5-50",
      "attempt 2 failed 50-50",
    ])
  })

  test("a step that waits for a slot is queued; one that stands for others is their group", () => {
    const timeline = timelineOf(
      change("0", "open", 0, { attempts: 0 }),
      change("1", "open", 0, { attempts: 0 }),
      change("1.0", "completed", 3),
      change("0", "start", 4),
    )
    expect(barsOf(timeline, "0")).toEqual(["queued completed 0-4", "attempt 1 open 4-"])
    expect(barsOf(timeline, "1")).toEqual(["group open 0-"])
  })

  test.each([
    ["timer", "sleep"],
    ["signal", "wait"],
    ["update", "wait"],
    ["promise", "wait"],
    ["race", "group"],
  ])("a %s is drawn as %s, until it is cancelled", (kind, bar) => {
    const timeline = timelineOf(
      change("0", "open", 0, { kind, attempts: 0 }),
      change("0", "cancelled", 7, { kind, attempts: 0 }),
    )
    expect(barsOf(timeline, "0")).toEqual([`${bar} cancelled 0-7`])
  })

  test("a pause in which the run is cancelled ends with it, and nothing was attempted", () => {
    const timeline = timelineOf(
      change("0", "start", 0),
      change("0", "fail", 1, { due: 100 }),
      change("0", "cancelled", 50),
    )
    expect(barsOf(timeline, "0")).toEqual(["attempt 1 failed 0-1", "pause cancelled 1-50"])
  })
})

describe("what was lost", () => {
  test("an attempt that is followed by another was lost; the run was gone since the last that was recorded", () => {
    const timeline = timelineOf(
      change("0", "completed", 0),
      change("1", "start", 10),
      change("2", "start", 30),
      change("1", "start", 1_030, { attempts: 2 }),
      change("2", "start", 1_032, { attempts: 2 }),
      change("2", "completed", 1_040, { attempts: 2 }),
    )
    expect(barsOf(timeline, "1")).toEqual(["attempt 1 lost 10-30", "attempt 2 open 1030-"])
    expect(barsOf(timeline, "2")[0]).toBe("attempt 1 lost 30-30")
    expect(timeline.gaps).toEqual([
      {
        fromMs: BEGIN_MS + 30,
        toMs: BEGIN_MS + 1_030,
        isOnPurpose: false,
        entries: 3,
        hadWork: true,
      },
    ])
  })

  test("a crash that a person asked for is a gap at once, and ends where the run comes back", () => {
    const begun = [change("0", "start", 0), deed("crash", 400)]
    expect(timelineOf(...begun).gaps).toEqual([
      { fromMs: BEGIN_MS + 400, isOnPurpose: true, entries: 1, hadWork: true },
    ])
    const timeline = timelineOf(...begun, change("0", "start", 1_400, { attempts: 2 }))
    expect(timeline.gaps[0]?.toMs).toBe(BEGIN_MS + 1_400)
    expect(barsOf(timeline, "0")[0]).toBe("attempt 1 lost 0-400")
  })

  test("crash after crash: two gaps, three attempts", () => {
    const timeline = timelineOf(
      change("0", "start", 0),
      change("0", "start", 1_000, { attempts: 2 }),
      change("0", "start", 4_000, { attempts: 3 }),
    )
    expect(timeline.gaps.map(({ fromMs, toMs = 0 }) => toMs - fromMs)).toEqual([1_000, 3_000])
    expect(barsOf(timeline, "0")).toEqual([
      "attempt 1 lost 0-0",
      "attempt 2 lost 1000-1000",
      "attempt 3 open 4000-",
    ])
  })

  test("whoever lived through it disproves a gap: the platform took away what one attempt had called", () => {
    const timeline = timelineOf(
      change("0", "start", 0),
      change("1", "start", 5),
      change("1", "start", 500, { attempts: 2 }),
      change("0", "completed", 600),
    )
    expect(barsOf(timeline, "1")[0]).toMatch(/^attempt 1 lost/)
    expect(timeline.gaps).toEqual([])
  })

  test.each(["retry", "skip"])("what a %s of a person took back was not lost", (name) => {
    const timeline = timelineOf(
      change("0", "start", 0),
      change("1", "start", 5),
      deed(name, 900),
      change("0", "start", 905, { attempts: 2 }),
    )
    expect(barsOf(timeline, "0")).toEqual(["attempt 1 forgotten 0-900", "attempt 2 open 905-"])
    expect(barsOf(timeline, "1")).toEqual(["attempt 1 forgotten 5-900"])
    expect(timeline.gaps).toEqual([])
  })

  const waiting = [change("0", "open", 0, { kind: "timer", attempts: 0 }), deed("crash", 50)]

  test("a run that only waits is gone after a crash, until a replay tells that it is back", () => {
    const timeline = timelineOf(...waiting)
    const gone = { fromMs: BEGIN_MS + 50, isOnPurpose: true, entries: 1, hadWork: false }
    expect(timeline.gaps).toEqual([gone])
    timeline.replays = [replay(20, 1), replay(1_060, 2), replay(9_000, 2)]
    expect(timeline.gaps).toEqual([{ ...gone, toMs: BEGIN_MS + 1_060, entries: 2 }])
    expect(timeline.replays).toEqual([replay(20, 1), replay(9_000, 2)])
  })

  test("where its replay is not known, what the run does next tells that it is back", () => {
    const timeline = timelineOf(
      ...waiting,
      deed("pause", 400),
      change("0", "completed", 2_000, { kind: "timer", attempts: 0 }),
    )
    expect(timeline.gaps[0]?.toMs).toBe(BEGIN_MS + 2_000)
    timeline.replays = [replay(2_004, 1)]
    expect([timeline.gaps[0]?.toMs, timeline.replays]).toEqual([BEGIN_MS + 2_000, []])
    timeline.replays = [replay(5_000, 1)]
    expect([timeline.gaps[0]?.toMs, timeline.replays.length]).toEqual([BEGIN_MS + 2_000, 1])
  })

  test("crash after crash of a run that only waits: each has its own return", () => {
    const timeline = timelineOf(...waiting, deed("crash", 3_000))
    timeline.replays = [replay(1_050, 1), replay(4_000, 2)]
    expect(timeline.gaps.map(({ toMs = 0 }) => toMs - BEGIN_MS)).toEqual([1_050, 4_000])
    expect(timeline.replays).toEqual([])
    timeline.replays = []
    expect(timeline.gaps.map(({ toMs }) => toMs)).toEqual([BEGIN_MS + 3_000, undefined])
  })

  test("a replay is marked where it ends no gap: a run that waited lost nothing", () => {
    const timeline = timelineOf(
      change("0", "start", 0),
      change("0", "start", 1_000, { attempts: 2 }),
      change("0", "completed", 1_400, { attempts: 2 }),
      change("1", "open", 1_400, { kind: "signal" }),
      change("1", "completed", 9_000, { kind: "signal" }),
    )
    const replays = [-500, 1_003, 9_001].map((ms) => replay(ms, 2))
    timeline.replays = replays
    expect(timeline.replays).toEqual([replays[2]])
  })

  test("a gap that nobody came back from ends where the run has ended", () => {
    const timeline = timelineOf(change("0", "start", 0), deed("crash", 10), deed("kill", 90))
    timeline.closed()
    expect(timeline.gaps[0]?.toMs).toBe(BEGIN_MS + 90)
  })
})

describe("rows", () => {
  test("each stands below the nearest entry its path begins with, in the order in which they began", () => {
    const timeline = timelineOf(
      change("0", "open", 0, { kind: "race" }),
      change("1", "completed", 1),
      change("0.0", "open", 2),
      change("0.1.3", "completed", 3),
      change("0.0.patch:a.b", "completed", 4),
      deed("pause", 5),
    )
    const rows = standing(timeline.roots, () => false)
    expect(rows.map(({ key, depth }) => `${depth} ${key.split("@")[0]}`)).toEqual([
      "0 0",
      "1 0.0",
      "2 0.0.patch:a.b",
      "1 0.1.3",
      "0 1",
      "0 pause",
    ])
    expect(standing(timeline.roots, ({ key }) => key === "0")).toHaveLength(3)
  })

  test("a halt stands behind the last that is recorded, as long as it lasts", () => {
    const timeline = timelineOf(change("0", "completed", 7))
    expect(timeline.halt).toBeUndefined()
    timeline.haltCode = "panic"
    expect(timeline.halt).toEqual({ atMs: BEGIN_MS + 7, code: "panic" })
    timeline.haltCode = undefined
    expect(timeline.halt).toBeUndefined()
  })

  test("two deeds at one instant are two rows", () => {
    expect(timelineOf(deed("pause", 1), deed("pause", 1)).size).toBe(2)
  })

  test("a reset leaves nothing", () => {
    const timeline = timelineOf(change("0", "start", 0), deed("crash", 5))
    timeline.reset()
    expect([timeline.size, timeline.roots, timeline.marks, timeline.gaps, timeline.lastMs]).toEqual(
      [0, [], [], [], undefined],
    )
  })

  test("10,000 entries are taken and laid out in well under a second", () => {
    const events = Array.from({ length: 10_000 }, (_, n) => [
      change(String(n), "start", n * 2),
      change(String(n), "completed", n * 2 + 1),
    ]).flat()
    const begin = performance.now()
    const timeline = timelineOf(...events)
    expect(standing(timeline.roots, () => false)).toHaveLength(10_000)
    expect(performance.now() - begin).toBeLessThan(1_000)
  })
})
