// The checks of the promises, checked: each is told a history in which its promise is broken, and must say so.

import { describe, expect, test } from "vitest"
import { encode } from "../../../src/engine/values/codec.ts"
import { History } from "./history.ts"
import { allPromises } from "./promises.ts"

const step = { path: "0", kind: "step", name: "work", digest: 1 } as const
const start = { ...step, type: "start", attempt: 1 } as const
const done = { type: "completed", path: "0", attempt: 1, text: "1" } as const
const operator = { type: "operator", path: "", kind: "operator", name: "retry" } as const
const wait = { id: 1, kind: "signal", path: "0", name: "s", dueMs: 5_000 } as const
const child = {
  generation: 0,
  path: "0",
  attempt: 1,
  id: "c",
  incarnation: "x",
  close: "cancel",
  state: null,
} as const
const promise = { token: "t", generation: 0, path: "0", state: "completed", text: "1" } as const
const update = { id: 1, name: "u", status: "replied", answer: "1" } as const
const message = { target: "a", id: 1, kind: "stop", tries: 0, dueMs: 1_000 } as const

/** By what the check says. */
const broken: Readonly<Record<string, (history: History) => void>> = {
  "a recorded step never runs again": (run) => {
    run
      .commit({ records: [{ ...start }, done] })
      .call({ attempt: 2 })
      .commit()
  },
  "attempt numbers rise, whatever was lost": (run) => {
    run.commit({ records: [{ ...start, attempt: 2 }] }).call({ attempt: 2 })
  },
  "an attempt is on record before it touches the outside": (run) => {
    run.commit({ records: [start] }).arrive({ attempt: 2 })
  },
  "a step has one idempotency key, and no other step has it": (run) => {
    run.call({ key: "r/life-1/0/0" }).call({ attempt: 2, key: "r/life-1/0/0#2" })
  },
  "the workflow sees the stored value": (run) => {
    run.see({ text: "2" }).commit({ records: [start, done] })
  },
  "same id, workflow and input is the same run, anything else a conflict": (run) => {
    const result = {
      type: "ok",
      created: false,
      incarnation: "life-1",
      workflow: "program",
      input: "[2]",
    } as const
    run.answer({ verb: "start", workflow: "program", input: "[1]", result, lives: [] })
  },
  "a start is answered when it is durable, and stays": (run) => {
    const result = {
      type: "ok",
      created: true,
      incarnation: "life-2",
      workflow: "program",
      input: "[1]",
    } as const
    run.answer({ verb: "start", workflow: "program", input: "[1]", result, lives: [] })
  },
  "a step's result stands for an effect that has happened": (run) => {
    run.call({ isAnswered: true }).commit({ records: [start, done] })
  },
  "compensations run in reverse order, one after the other": (run) => {
    const undo = { ...start, type: "completed" } as const
    run.commit({
      records: [
        { ...undo, path: "undo.0" },
        { ...undo, path: "undo.1" },
      ],
    })
  },
  "no more runs of a key go on than its limit says": (run) => {
    const slot = JSON.stringify({ limiter: "l", concurrency: 0, state: "granted" })
    run.commit({ run: { slot } })
  },
  "a deadline is fixed when first created": (run) => {
    run.commit({ rows: { waits: [wait] } }).commit({ rows: { waits: [{ ...wait, dueMs: 6_000 }] } })
  },
  "nothing that is due at an instant happens before it": (run) => {
    const timer = { type: "open", path: "0", kind: "timer", dueMs: 3_000 } as const
    run.commit({ records: [timer, { type: "completed", path: "0", atMs: 2_999 }] })
  },
  "an accepted signal waits until it is consumed": (run) => {
    run.commit({ rows: { inbox: [{ id: 7, name: "s" }] } }).commit({ rows: { inbox: [] } })
  },
  "a message is consumed once, in the order of its name": (run) => {
    const signal = { type: "completed", kind: "signal", name: "s" } as const
    run.commit({
      records: [
        { ...signal, path: "0", ref: 8 },
        { ...signal, path: "1", ref: 7 },
      ],
    })
  },
  "of several who wait for a name the first one gets the message": (run) => {
    const open = { type: "open", kind: "signal", name: "s" } as const
    const records = [
      { ...open, path: "0" },
      { ...open, path: "1" },
    ]
    run.commit({ records: [...records, { type: "completed", path: "1", ref: 7 }] })
  },
  "a step's value is its own and no other function's": (run) => {
    run.see({ own: "2" }).commit({ records: [start, done] })
  },
  "a consumed signal does not come back": (run) => {
    const signal = { type: "completed", kind: "signal", name: "s", path: "0", ref: 7 } as const
    run.commit({ records: [signal] }).commit({ rows: { inbox: [{ id: 7, name: "s" }] } })
  },
  "a waiter does not time out over a message that came before": (run) => {
    run
      .commit({
        rows: { waits: [wait], inbox: [{ id: 7, name: "s" }] },
        records: [{ type: "open", path: "0", kind: "signal", name: "s", dueMs: 1_200 }],
      })
      .commit({ records: [{ type: "timed_out", path: "0" }] })
  },
  "signals nobody consumed are counted in the ended run": (run) => {
    run.commit({ run: { status: "completed" }, rows: { inbox: [{ id: 7, name: "s" }] } })
  },
  "a signal that was answered was accepted": (run) => {
    run.commit().answer({ verb: "signal", name: "s", key: undefined, result: { type: "ok" } })
  },
  "the first to be recorded wins, and losers end first": (run) => {
    run.commit({
      records: [
        { type: "open", path: "0", kind: "race", name: "race" },
        { type: "completed", path: "0.1", kind: "step", attempt: 1 },
        { type: "completed", path: "0.0", kind: "step", attempt: 1 },
        { type: "completed", path: "0", text: encode({ key: 0 }) },
      ],
    })
  },
  "all completes only when every member has": (run) => {
    run.commit({
      records: [
        { type: "open", path: "0", kind: "all", name: "all" },
        { type: "failed", path: "0.0", kind: "step", attempt: 1 },
        { type: "completed", path: "0" },
      ],
    })
  },
  "what has arrived is handed to whoever waits for it": (run) => {
    const rows = { waits: [{ ...wait, dueMs: null }], inbox: [{ id: 7, name: "s" }] }
    run.commit({ rows }).guard.quiet(9_000)
  },
  "a child that its parent stops hears of it": (run) => {
    run.commit({
      rows: { waits: [{ ...wait, dueMs: null }] },
      records: [
        { type: "open", path: "0", kind: "child", text: '"r"' },
        { type: "stop", path: "0" },
      ],
    })
    run.guard.quiet(9_000)
  },
  "a halted run stands still until a person acts": (run) => {
    run.commit({ run: { status: "halted" } }).commit({ records: [start] })
  },
  "a panic halts with code 98, and a halt says why": (run) => {
    run.commit({
      run: { status: "halted", halt: JSON.stringify({ code: "panic", message: "no" }) },
    })
  },
  "a divergence means that the code has changed": (run) => {
    run.commit({
      run: { status: "halted", halt: JSON.stringify({ code: "divergence", message: "no" }) },
    })
  },
  "a reset is no failure": (run) => {
    const reset = Object.assign(new Error("The object was reset."), { durableObjectReset: true })
    run.commit({ records: [start, { type: "failed", path: "0", attempt: 1, text: encode(reset) }] })
  },
  "what ended well is not undone": (run) => {
    run
      .commit({ records: [{ ...step, path: "undo.0", type: "completed", attempt: 1 }] })
      .commit({ run: { status: "completed" } })
  },
  "while work is owed, an alarm is set": (run) => {
    run.commit({ run: { status: "running" }, rows: { alarmMs: null } })
  },
  "in the end every run is final, halted, paused, or waits for something named": (run) => {
    run.commit({ rows: { waits: [{ ...wait, kind: "timer", name: null }] } }).guard.quiet(9_000)
  },
  "only the current attempt's result is taken": (run) => {
    run.commit({ records: [start, { type: "start", path: "0", attempt: 2 }, done] })
  },
  "a run is cancelled because somebody asked, and times out at its deadline": (run) => {
    run.commit().commit({ run: { status: "timed_out", deadlineMs: null } })
  },
  "a run ends after the children it does not leave alone": (run) => {
    run.commit({ rows: { children: [child] } }).commit({ run: { status: "failed" } })
  },
  "after a kill nothing happens any more": (run) => {
    run
      .commit({ records: [{ ...operator, name: "kill" }], run: { status: "cancelled" } })
      .commit({ records: [start] })
  },
  "parents and children agree on what has ended": (run) => {
    run
      .commit({
        records: [{ type: "open", path: "0", kind: "child" }],
        rows: { children: [{ ...child, state: "completed" }], waits: [{ ...wait, dueMs: null }] },
      })
      .guard.quiet(9_000)
  },
  "a retry comes after the policy's delay": (run) => {
    const failed = { type: "fail", path: "0", attempt: 1, atMs: 1_500, dueMs: 2_500 } as const
    run.call({ delaysMs: [2_000] }).commit({
      records: [start, failed],
      rows: { waits: [{ ...wait, kind: "retry", dueMs: 2_500 }] },
    })
  },
  "no retry begins before it is due": (run) => {
    const failed = { type: "fail", path: "0", attempt: 1, dueMs: 2_500 } as const
    run.commit({ records: [start, failed, { type: "start", path: "0", attempt: 2, atMs: 2_499 }] })
  },
  "no retry is planned beyond the step's deadline": (run) => {
    const failed = { type: "fail", path: "0", attempt: 1, dueMs: 3_000 } as const
    run.commit({ records: [{ ...start, dueMs: 2_500 }, failed] })
  },
  "what a run does harms that run alone": (run) => {
    run.guard.escaped("r", "alarm() threw")
  },
  "what a run was born with never changes": (run) => {
    run.commit().commit({ run: { input: "[2]" } })
  },
  "a run has an end and its value if and only if it has ended": (run) => {
    run.commit({ run: { result: "1" } })
  },
  "an end is for ever, unless a person takes the run up again": (run) => {
    run.commit({ run: { status: "completed" } }).commit({ run: { result: "2" } })
  },
  "epoch and generation only rise": (run) => {
    run.commit({ run: { epoch: 2 } }).commit({ run: { epoch: 1 } })
  },
  "a suspended run has something that wakes it": (run) => {
    run.commit({ rows: { alarmMs: null } })
  },
  "records have one order, and their numbers only rise": (run) => {
    run.commit({
      records: [
        { ...start, seq: 5 },
        { ...done, seq: 4 },
      ],
    })
  },
  "an entry is settled once": (run) => {
    run.commit({ records: [start, done, { ...done, type: "failed" }] })
  },
  "nothing is recorded of an entry after its outcome": (run) => {
    run.commit({ records: [start, done, { type: "stop", path: "0" }] })
  },
  "the first record of an entry says its kind, and no other does": (run) => {
    run.commit({ records: [{ type: "start", path: "0", attempt: 1 }] })
  },
  "attempts of an entry are numbered upwards": (run) => {
    run.commit({ records: [start, { type: "start", path: "0", attempt: 1 }] })
  },
  "a promise is settled once, and stays so": (run) => {
    run
      .commit({ rows: { promises: [promise] } })
      .commit({ rows: { promises: [{ ...promise, text: "2" }] } })
  },
  "an update is answered once, and the answer stands": (run) => {
    run
      .commit({ rows: { updates: [update] } })
      .commit({ rows: { updates: [{ ...update, answer: "2" }] } })
  },
  "a settled promise and an answered update say the same for ever": (run) => {
    const told = {
      verb: "settle",
      token: "t",
      result: { type: "ok", status: "resolved", text: "1" },
    } as const
    run
      .commit()
      .answer(told)
      .answer({ ...told, result: { ...told.result, text: "2" } })
  },
  "a child that is to end is told so": (run) => {
    run.commit({
      rows: { children: [child] },
      records: [
        { type: "open", path: "0", kind: "child", text: '"c"' },
        { type: "stop", path: "0" },
      ],
    })
  },
  "a cancel that was taken stands until the run ends": (run) => {
    run.commit({ records: [{ ...operator, name: "cancel" }] })
  },
  "a run that rests has heard of its cancel": (run) => {
    run.commit({ run: { cancel: "no" }, rows: { waits: [{ ...wait, dueMs: null }] } })
    run.guard.quiet(9_000)
  },
  "a kill takes the children along": (run) => {
    run
      .commit({ rows: { children: [child] } })
      .commit({ records: [{ ...operator, name: "kill" }], run: { status: "cancelled" } })
  },
  "no more runs of a key begin in a window than its rate says": (run) => {
    const slot = { limiter: "l", state: "granted", rate: { starts: 1, perMs: 1_000 } }
    const taken = (ask: number, grantedAtMs: number) =>
      JSON.stringify({ ...slot, ask, grantedAtMs })
    run.commit({ run: { slot: taken(1, 1_000) } }).commit({ run: { slot: taken(2, 1_999) } })
  },
  "who has ended or stands still holds no slot": (run) => {
    const slot = JSON.stringify({ limiter: "l", concurrency: 1, state: "granted" })
    run.commit({ run: { status: "completed", slot } })
  },
  "who holds a token of a run that has ended learns that nobody waits": (run) => {
    const open = { ...promise, state: null, text: null }
    run.commit({ run: { status: "completed" }, rows: { promises: [open] } })
  },
  "the first answer to an update stands": (run) => {
    const taken = {
      type: "completed",
      kind: "update",
      name: "u",
      path: "0",
      ref: 1,
      text: "1",
    } as const
    run
      .commit()
      .see({ kind: "reply", text: "1" })
      .commit({
        records: [taken],
        rows: { updates: [{ ...update, answer: '"too late"' }] },
      })
  },
  "a child is tried again after its policy's delay": (run) => {
    const failed = { type: "fail", path: "0", attempt: 1, atMs: 1_500, dueMs: 1_500 } as const
    run.commit({
      records: [{ type: "open", path: "0", kind: "child", attempt: 1 }, failed],
      rows: { alarmMs: 1_500 },
    })
  },
  "an operation takes nothing that another kind of operation has recorded": (run) => {
    const signal = { type: "completed", kind: "signal", name: "s", path: "0", text: "1" } as const
    run
      .commit()
      .see({ kind: "receive", text: "1" })
      .commit({ records: [signal] })
  },
  "a waiter gets no message that came after its time was up": (run) => {
    run
      .commit({ records: [{ type: "open", path: "0", kind: "signal", name: "s", dueMs: 1_200 }] })
      .commit({ records: [{ type: "completed", path: "0", ref: 9_000_000, atMs: 9_000 }] })
  },
  "messages to one target are acknowledged in their order": (run) => {
    run
      .commit({ rows: { outbox: [message, { ...message, id: 2 }] } })
      .commit({ rows: { outbox: [message] } })
  },
}

describe("check 63: a check whose promise is broken says so", () => {
  test.each(Object.entries(broken))("%s", (says, tell) => {
    expect(() => tell(new History())).toThrow(says)
  })
})

test("every check has such a history", () => {
  const known = new Set(
    allPromises({ isChanged: () => false, isDone: () => false }).map((check) => check.says),
  )
  expect(new Set(Object.keys(broken))).toEqual(known)
})

test("all sixteen promises of the design are guarded", () => {
  const guarded = new Set(
    allPromises({ isChanged: () => false, isDone: () => false }).map((check) => check.promise),
  )
  const promises = Array.from({ length: 16 }, (_, index) => `promise ${index + 1}`)
  expect(promises.filter((each) => !guarded.has(each))).toEqual([])
})

describe("a sound history breaks nothing", () => {
  test("a step that is retried, a signal, a person's retry, and the end", () => {
    const run = new History()
    const waits = [{ ...wait, path: "1", dueMs: null }]
    run
      .commit({ run: { status: "running" }, rows: { alarmMs: 2_500 } })
      .call({ delaysMs: [2_000] })
      .commit({ records: [start], rows: { alarmMs: 2_500 } })
      .arrive()
      .commit({
        run: { status: "suspended" },
        records: [
          { type: "fail", path: "0", attempt: 1, dueMs: 3_500, text: encode(new Error("once")) },
        ],
        rows: {
          alarmMs: 3_500,
          waits: [{ id: 2, kind: "retry", path: "0", name: "work", dueMs: 3_500 }],
        },
      })
      .call({ attempt: 2, delaysMs: [2_000] })
      .see({})
      .commit({
        records: [
          { type: "start", path: "0", attempt: 2, atMs: 3_500 },
          { type: "completed", path: "0", attempt: 2, text: "1", atMs: 3_501 },
          { type: "open", path: "1", kind: "signal", name: "s", atMs: 3_501 },
        ],
        rows: { waits, alarmMs: null },
        atMs: 3_501,
      })
      .commit({
        run: { status: "completed", endedAtMs: 4_000 },
        records: [{ type: "completed", path: "1", ref: 7, text: "1", atMs: 4_000 }],
        rows: { waits: [] },
        atMs: 4_000,
      })
      .guard.quiet(9_000)
    expect(run.records).toHaveLength(6)
  })

  test("a step that was forgotten by a person's retry is called again", () => {
    const run = new History()
    run.commit({ records: [start, done], run: { status: "failed" } })
    run.guard.operated("r", true)
    run.call({ attempt: 2 })
    const forgotten = run.records.splice(1)
    run.commit({
      forgotten,
      run: { status: "running", endedAtMs: null, error: null, unconsumedSignals: null, epoch: 1 },
      records: [
        { ...operator, path: "0", attempt: 1 },
        { type: "start", path: "0", attempt: 2 },
      ],
    })
    expect(run.guard.view("r").entries.get("0")?.lastStart?.attempt).toBe(2)
  })
})
