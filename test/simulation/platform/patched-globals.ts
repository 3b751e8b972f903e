// Patched globals: what code of ours asks the real world for, answered by the world of the moment: time, timers, chance.
// Owns: the process. So a world runs in a process of its own, which does nothing else.
//   G1. Nothing real passes: no clock, no timer, no random value, no network.

import { createHash, createHmac, timingSafeEqual } from "node:crypto"
import type { Stage } from "./stage.ts"

const RealDate = Date

/** @param stage the world of the moment. */
export function patchGlobals(stage: () => Stage): void {
  const nowMs = () => stage().clock.nowMs
  RealDate.now = nowMs
  define("Date", datesOf(nowMs))
  define("performance", { now: () => stage().clock.elapsedMs })
  define("setTimeout", (work: () => void, ms = 0) => setTimer(stage(), work, ms))
  define("clearTimeout", (timer: unknown) => {
    if (timer instanceof Timer) timer.clear()
  })
  define("crypto", cryptoOf(stage))
  define("fetch", () => Promise.reject(new TypeError("There is no network in this world.")))
  define("console", consoleOf(stage))
  Math.random = () => stage().entropy.upTo(2 ** 30 - 1) / 2 ** 30
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController()
    setTimer(stage(), () => controller.abort(new Error("It took too long.")), ms)
    return controller.signal
  }
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
}

/** Dates that are made of nothing are made of the world's clock; all others are what they were. */
function datesOf(nowMs: () => number): DateConstructor {
  function WorldDate(this: unknown, ...given: []): unknown {
    if (new.target === undefined) return new RealDate(nowMs()).toString()
    return Reflect.construct(RealDate, given.length === 0 ? [nowMs()] : given, new.target) as Date
  }
  const { UTC, parse } = RealDate
  const dates = Object.assign(WorldDate, { UTC, parse, now: nowMs }) as unknown as DateConstructor
  Object.defineProperty(dates, "prototype", { value: RealDate.prototype })
  RealDate.prototype.constructor = dates
  return dates
}

class Timer {
  isOver = false
  readonly #done: () => void

  constructor(done: () => void) {
    this.#done = done
  }

  clear(): void {
    if (this.isOver) return
    this.isOver = true
    this.#done()
  }
}

function setTimer(stage: Stage, work: () => void, ms: number): Timer {
  const party = stage.party ?? stage.outside
  party.pending++
  const timer = new Timer(() => party.pending--)
  stage.agenda.add({
    dueMs: stage.clock.elapsedMs + (ms > 0 ? ms : 0),
    isDropped: () => timer.isOver || !party.isAlive,
    happen: () => {
      timer.clear()
      party.enter("timer", work)
    },
  })
  return timer
}

function cryptoOf(stage: () => Stage): object {
  const randomBytes = (bytes: Uint8Array) => {
    const { entropy } = stage()
    for (let at = 0; at < bytes.length; at++) bytes[at] = entropy.upTo(255)
    return bytes
  }
  return {
    getRandomValues: randomBytes,
    randomUUID: () => uuidOf(randomBytes(new Uint8Array(16))),
    subtle: {
      timingSafeEqual: (left: Uint8Array, right: Uint8Array) => timingSafeEqual(left, right),
      digest: async (_: string, bytes: Uint8Array) => bufferOf(createHash("sha256").update(bytes)),
      importKey: async (_: string, bytes: Uint8Array) => bytes,
      sign: async (_: string, key: Uint8Array, bytes: Uint8Array) =>
        bufferOf(createHmac("sha256", key).update(bytes)),
    },
  }
}

function bufferOf(hash: { digest(): Buffer }): ArrayBuffer {
  return new Uint8Array(hash.digest()).buffer
}

function uuidOf(bytes: Uint8Array): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return [...parts, hex.slice(20)].join("-")
}

/** What code logs stands beside the trace. */
function consoleOf(stage: () => Stage): object {
  const log = (...parts: unknown[]) => stage().trace.remark(parts.map(String).join(" "))
  return { log, info: log, warn: log, error: log, debug: log }
}
