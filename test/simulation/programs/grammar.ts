// Grammar: programs drawn from chance.
// Owns: how often which operation comes, and how deep a program goes. 0 is the simplest answer to every question, so a
// shortened history leads to the smallest program.

import type { Choices } from "../words.ts"
import {
  VALUE_NAMES,
  type CompositeName,
  type Node,
  type Policy,
  type ProgramInput,
  type StepPlan,
} from "./program.ts"

const DEPTH_MAX = 4
const NODES_MAX = 30
const TIMEOUTS_MS = [50, 400, 3_000, 20_000] as const

export class Grammar {
  readonly #choices: Choices
  #nodes = 0
  #tag = 0

  constructor(choices: Choices) {
    this.#choices = choices
  }

  input(bornAtMs: number): ProgramInput {
    this.#nodes = 0
    const turns = this.#choices.chance(0.2) ? this.#choices.between(1, 2) : 0
    // A program that stops at its first failure would not come far.
    const body = this.#sequence(0)
    const root: Node = this.#choices.chance(0.5) ? { do: "try", body, swallows: true } : body
    return { root, bornAtMs, generation: 0, turns }
  }

  /** One whose code a deploy changes without a marker: changes stand at its beginning, and time passes after each. */
  changing(bornAtMs: number): ProgramInput {
    this.#nodes = 0
    const parts: Node[] = []
    for (let left = 1 + this.#choices.upTo(2); left > 0; left--) {
      parts.push(this.#changed())
      parts.push({ do: "sleep", ms: this.#choices.oneOf([700, 5_000, 40_000]) })
    }
    parts.push(this.#sequence(0))
    return { root: { do: "seq", parts }, bornAtMs, generation: 0, turns: 0 }
  }

  /** Several who wait for the same name, and nothing else. */
  crowd(bornAtMs: number): ProgramInput {
    return { root: this.#crowd(), bornAtMs, generation: 0, turns: 0 }
  }

  /** Mostly something else of the same kind. */
  #changed(): Node {
    const choices = this.#choices
    if (choices.chance(0.3))
      return { do: "change", name: "p", old: this.#leaf(), fresh: this.#leaf() }
    if (choices.chance(0.3)) {
      const signal: Node = { do: "signal", name: "s", timeoutMs: 3_000 }
      const receive: Node = { do: "receive", name: "s", timeoutMs: 3_000, answers: "reply" }
      return choices.chance(0.5)
        ? { do: "change", name: "p", old: signal, fresh: receive }
        : { do: "change", name: "p", old: receive, fresh: signal }
    }
    const how = choices.oneOf(["plain", "async"] as const)
    const step = (): Node => ({ do: "step", step: { ...this.#step(), how, value: "number" } })
    return { do: "change", name: "p", old: step(), fresh: step() }
  }

  /** Several who wait for the same name at once, some of them again, some not for long. */
  #crowd(): Node {
    const choices = this.#choices
    const wait = (): Node => ({ do: "signal", name: "s", timeoutMs: choices.oneOf(TIMEOUTS_MS) })
    const patient: Node = { do: "signal", name: "s" }
    const members: Node[] = []
    for (let left = 2 + choices.upTo(2); left > 0; left--) {
      const parts: Node[] = [{ do: "try", body: wait(), swallows: true }]
      if (choices.chance(0.6)) parts.push(choices.chance(0.5) ? wait() : patient)
      members.push({ do: "seq", parts })
    }
    return { do: "composite", kind: "all", members, isRecord: false }
  }

  #node(depth: number): Node {
    this.#nodes++
    const isLeaf = depth >= DEPTH_MAX || this.#nodes > NODES_MAX || this.#choices.upTo(99) < 62
    return isLeaf ? this.#leaf() : this.#branch(depth + 1)
  }

  #leaf(): Node {
    const choices = this.#choices
    const draw = choices.upTo(99)
    if (draw < 40) return { do: "step", step: this.#step(), ...this.#maybe(0.2, "isBegun", true) }
    if (draw < 50) {
      const ms = choices.oneOf([1, 20, 700, 5_000, 40_000])
      return { do: "sleep", ms, ...this.#maybe(0.3, "isUntil", true) }
    }
    if (draw < 58) return { do: "signal", name: choices.oneOf(["s", "t"]), ...this.#timeout(0.6) }
    if (draw < 63) {
      const answers = choices.oneOf(["reply", "reply", "reject", "never"] as const)
      return { do: "receive", name: "u", answers, ...this.#timeout(0.7) }
    }
    if (draw < 68) return { do: "promise", ...this.#timeout(0.6) }
    if (draw < 72) return { do: "made", what: choices.oneOf(["now", "random", "uuid"] as const) }
    if (draw < 75) return { do: "publish", value: choices.oneOf(VALUE_NAMES) }
    if (draw < 79) return { do: "compensate", step: this.#step() }
    if (draw < 83) return this.#fold()
    if (draw < 88) return { do: "join", which: choices.upTo(3) }
    if (draw < 89) {
      return {
        do: "throw",
        value: choices.oneOf(["error", "error", "text", "undefined", "map"] as const),
      }
    }
    if (draw < 90) return { do: "junk" }
    if (draw < 94)
      return { do: "panic", holds: choices.chance(0.3), ...this.#maybe(0.5, "isAssert", true) }
    return { do: "child", body: this.#node(DEPTH_MAX), ...this.#childCall() }
  }

  #branch(depth: number): Node {
    const choices = this.#choices
    const draw = choices.upTo(99)
    if (draw < 30) return this.#sequence(depth)
    if (draw < 55) return this.#composite(depth)
    if (draw < 70) {
      return {
        do: "try",
        body: this.#sequence(depth),
        ...(choices.chance(0.6) ? { cleanUp: this.#node(depth) } : {}),
        swallows: choices.chance(0.5),
      }
    }
    if (draw < 80) {
      return {
        do: "sub",
        body: this.#sequence(depth),
        ...this.#timeout(0.3),
        ...this.#maybe(0.3, "isBegun", true),
      }
    }
    if (draw < 84) return { do: "shield", body: this.#node(depth) }
    if (draw < 92) return { do: "child", body: this.#sequence(depth), ...this.#childCall() }
    if (draw < 95) return this.#crowd()
    const name = choices.oneOf(["p", "q", "r"])
    return { do: "change", name, old: this.#node(depth), fresh: this.#node(depth) }
  }

  #sequence(depth: number): Node {
    const parts: Node[] = []
    for (let left = 1 + this.#choices.upTo(4); left > 0; left--) parts.push(this.#node(depth))
    return { do: "seq", parts }
  }

  #composite(depth: number): Node {
    const choices = this.#choices
    const kind = choices.oneOf<CompositeName>(["race", "all", "any", "allSettled"])
    const members: Node[] = []
    for (let left = 1 + choices.upTo(3); left > 0; left--) members.push(this.#node(depth))
    return {
      do: "composite",
      kind,
      members,
      isRecord: choices.chance(0.3),
      ...(choices.chance(0.2) ? { concurrency: choices.between(1, 2) } : {}),
    }
  }

  #fold(): Node {
    const choices = this.#choices
    return { do: "fold", step: this.#step(), items: choices.upTo(7), applies: choices.chance(0.5) }
  }

  #childCall() {
    const choices = this.#choices
    const call = choices.oneOf(["rpc", "rpc", "begin", "detached"] as const)
    return {
      call,
      ...(call === "detached"
        ? {}
        : { close: choices.oneOf(["cancel", "cancel", "abandon", "wait"] as const) }),
      ...this.#timeout(0.2),
      ...(choices.chance(0.2) ? { retries: 1 } : {}),
      ...(choices.chance(0.1) ? { delayMs: 2_000 } : {}),
    }
  }

  #step(): StepPlan {
    const choices = this.#choices
    const how = choices.oneOf(["plain", "async", "lazy"] as const)
    const value = choices.chance(0.5) ? choices.oneOf(VALUE_NAMES) : "number"
    const failures = choices.chance(0.3) ? choices.oneOf([1, 2, 3, 5, -1]) : 0
    const takesMs = how === "plain" ? 0 : choices.oneOf([0, 0, 1, 30, 900, 6_000])
    const hasAttemptTimeout = how !== "plain" && choices.chance(0.4)
    const attemptTimeoutMs = hasAttemptTimeout ? choices.oneOf([300, 2_000, 10_000]) : undefined
    const isEndless = failures < 0 || takesMs >= (attemptTimeoutMs ?? Infinity)
    return {
      tag: ++this.#tag,
      how,
      value,
      failures,
      ...(choices.chance(0.03) ? { isFatal: true as const } : {}),
      ...(how !== "plain" && choices.chance(0.1) ? { hangs: choices.between(1, 2) } : {}),
      takesMs,
      callsOut: choices.chance(0.6),
      ...(isEndless || choices.chance(0.5) ? { policy: this.#policy(isEndless) } : {}),
      ...this.#timeout(0.15),
      ...(attemptTimeoutMs === undefined ? {} : { attemptTimeoutMs }),
    }
  }

  /** @param isEndless it fails for ever: a world has an end, so not too often */
  #policy(isEndless: boolean): Policy {
    const choices = this.#choices
    const type = choices.oneOf(["constant", "never", "linear", "exponential"] as const)
    return {
      type,
      delayMs: isEndless ? 20_000 : choices.oneOf([10, 300, 2_000]),
      ...(isEndless || choices.chance(0.5) ? { maxRetries: choices.upTo(3) } : {}),
      ...(choices.chance(0.15) ? { onExhausted: "pause" as const } : {}),
    }
  }

  #timeout(probability: number): { timeoutMs?: number } {
    return this.#choices.chance(probability) ? { timeoutMs: this.#choices.oneOf(TIMEOUTS_MS) } : {}
  }

  #maybe<K extends string, V>(probability: number, key: K, value: V): { [P in K]?: V } {
    return this.#choices.chance(probability) ? ({ [key]: value } as { [P in K]?: V }) : {}
  }
}
