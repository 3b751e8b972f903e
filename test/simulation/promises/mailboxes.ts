// Mailboxes (resonate C6): promises settle one way, updates are answered once, messages to others leave in order.

import type { Check } from "./check.ts"
import type { Answered } from "./answers.ts"
import { isFinal } from "./rows.ts"

export const promisesSettleOnce: Check = {
  promise: "resonate C6",
  says: "a promise is settled once, and stays so",
  commit({ rows, before }, { appended }) {
    if (rows.promises === before.promises || rows.run === undefined) return undefined
    if (appended.some(({ type }) => type === "operator")) return undefined
    const now = new Map(rows.promises.map((promise) => [promise.token, promise]))
    for (const { token, path, state, text } of before.promises) {
      const after = now.get(token)
      if (after === undefined) return { path, expected: "the promise to stay", found: "it is gone" }
      if (state === null || (after.state === state && after.text === text)) continue
      return { path, expected: `${state} ${text}`, found: `${after.state} ${after.text}` }
    }
    return undefined
  },
}

export const promisesEnd: Check = {
  promise: "resonate C6",
  says: "who holds a token of a run that has ended learns that nobody waits",
  commit({ rows: { run, promises } }) {
    if (run === undefined || !isFinal(run.status)) return undefined
    const open = promises.find(({ state }) => state === null)
    if (open === undefined) return undefined
    return {
      path: open.path,
      expected: "the promise to be settled with its run",
      found: "it is open",
    }
  },
}

const RANK: Readonly<Record<string, number>> = { waiting: 0, accepted: 1, replied: 2, rejected: 2 }

export const updatesAnsweredOnce: Check = {
  promise: "resonate C6",
  says: "an update is answered once, and the answer stands",
  commit({ rows, before }, { appended }) {
    if (rows.updates === before.updates) return undefined
    const isCut = appended.some(({ type }) => type === "operator")
    const now = new Map(rows.updates.map((update) => [update.id, update]))
    for (const { id, name, status, answer } of before.updates) {
      const after = now.get(id)
      if (after === undefined || isCut) continue
      const isBack = (RANK[after.status] ?? 0) < (RANK[status] ?? 0)
      const isOther = RANK[status] === 2 && (after.status !== status || after.answer !== answer)
      if (!isBack && !isOther) continue
      return {
        expected: `update ${name} (${id}) to stay ${status} ${answer}`,
        found: `${after.status} ${after.answer}`,
      }
    }
    return undefined
  },
}

/** The workflow tells what it answers first; what it answers after that must change nothing. */
export const firstAnswerStands: Check = {
  promise: "resonate C6",
  says: "the first answer to an update stands",
  stretch(run, { rows, appended }) {
    if (rows.updates.length === 0 || rows.run?.generation !== run.rows.run?.generation) {
      return undefined
    }
    for (const { kind, path, generation, text } of run.sights) {
      if (kind !== "reply" && kind !== "reject") continue
      if (generation !== rows.run?.generation) continue
      const record =
        appended.find((each) => each.path === path && each.ref !== undefined) ??
        run.entries.get(path)?.outcome
      const update = rows.updates.find(({ id }) => id === record?.ref)
      if (update === undefined || update.answer?.startsWith("@") === true) continue
      // A full disk has refused the answer: the next wake comes to it again, and gives it then.
      if (update.status === "accepted") continue
      const isKept =
        kind === "reject"
          ? update.status === "rejected"
          : update.status === "replied" && update.answer === text
      if (isKept) continue
      return {
        path,
        expected: kind === "reject" ? "a refusal" : `the answer ${text}`,
        found: `${update.status} ${update.answer}`,
      }
    }
    return undefined
  },
}

/** Of each target they leave first to last: one that stands behind another cannot be gone before it. */
export const outboxInOrder: Check = {
  promise: "resonate C6",
  says: "messages to one target are acknowledged in their order",
  commit({ rows, before }) {
    if (rows.outbox === before.outbox || before.outbox.length === 0) return undefined
    const left = new Set(rows.outbox.map(({ target, id }) => `${target} ${id}`))
    const waiting = new Map<string, number>()
    for (const { target, id, kind } of before.outbox) {
      if (left.has(`${target} ${id}`)) waiting.set(target, id)
      // What is taken back may stand anywhere: a start that was heard of, an end that is none any more.
      else if (waiting.has(target) && kind !== "start" && kind !== "ended" && kind !== "acquire") {
        return {
          expected: `message ${waiting.get(target)} to ${target} to leave first`,
          found: `${kind} ${id} has left`,
        }
      }
    }
    return undefined
  },
}

/** One for each seed: whoever asks twice is told the same. */
export function sameAnswers(): Check {
  const known = new Map<string, string>()
  return {
    promise: "resonate C6",
    says: "a settled promise and an answered update say the same for ever",
    answered(run, answer) {
      const told = toldBy(answer)
      if (told === undefined) return undefined
      const key = `${run.id} ${run.incarnation} ${told.about}`
      const before = known.get(key)
      known.set(key, told.text)
      if (before === undefined || before === told.text) return undefined
      return { expected: `${told.about}: ${before}`, found: told.text }
    },
  }
}

function toldBy(answer: Answered): { readonly about: string; readonly text: string } | undefined {
  if (answer.verb !== "settle" && answer.verb !== "update") return undefined
  if (answer.result.type !== "ok") return undefined
  const { result } = answer
  if ("status" in result) {
    return {
      about: `promise ${"token" in answer ? answer.token : ""}`,
      text: `${result.status} ${result.text}`,
    }
  }
  if (result.state === "pending" || !("key" in answer)) return undefined
  return { about: `update ${answer.name} ${answer.key}`, text: `${result.state} ${result.text}` }
}
