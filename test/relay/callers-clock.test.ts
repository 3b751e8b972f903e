// The callers' clock as the relay sees it: what is a clock that is off, and what is a request that was late.
import { expect, test } from "vitest"
import { CallersClock } from "../../src/relay/access/callers-clock.ts"
import { ask, KEY, ledgerOf, startRelay } from "./relay-kit.ts"

const NOW_MS = 1_700_000_000_000

const SKEW_MS = 50_000

/** A clock that has heard, for a minute and more, of callers whose time is `skewMs` off ours. */
function acquainted(skewMs: number): CallersClock {
  const clock = new CallersClock()
  for (let atMs = NOW_MS - 100_000; atMs < NOW_MS; atMs += 10_000) clock.nowMs(atMs + skewMs, atMs)
  return clock
}

test("at first the clocks are taken to be equal, and what comes late has waited", () => {
  expect(new CallersClock().nowMs(NOW_MS - 5_000, NOW_MS)).toBe(NOW_MS)
})

test("a caller whose clock is off is known by it after a while, ahead or behind", () => {
  for (const skewMs of [-SKEW_MS, SKEW_MS]) {
    expect(acquainted(skewMs).nowMs(NOW_MS + skewMs, NOW_MS)).toBe(NOW_MS + skewMs)
  }
})

test("one request that was on its way for 5 s does not turn the clock back", () => {
  expect(acquainted(-SKEW_MS).nowMs(NOW_MS - SKEW_MS - 5_000, NOW_MS)).toBe(NOW_MS - SKEW_MS)
})

test("a clock that was set is believed after a minute, and at once where requests come sooner than they could", () => {
  const clock = acquainted(0)
  const offMs = (skewMs: number, atMs: number) => clock.nowMs(atMs + skewMs, atMs) - atMs
  expect(offMs(-SKEW_MS, NOW_MS + 1_000)).toBe(0)
  expect(offMs(-SKEW_MS, NOW_MS + 31_000)).toBe(0)
  expect(offMs(-SKEW_MS, NOW_MS + 62_000)).toBe(-SKEW_MS)
  expect(offMs(SKEW_MS, NOW_MS + 63_000)).toBe(SKEW_MS)
})

test("the relay waits as long as the caller says, by the caller's clock", async () => {
  const { relay } = await startRelay({ ledger: ledgerOf({ lookupAccounts: async () => [] }) })
  const timeMs = Date.now() + SKEW_MS
  const ahead = { key: KEY, timeMs, deadlineMs: timeMs + 500 }
  expect(await ask(relay, "/v1/lookup_accounts", { ids: [] }, ahead)).toMatchObject({ status: 200 })
  const late = { key: KEY, timeMs: timeMs - 2_000, deadlineMs: timeMs - 500 }
  expect(await ask(relay, "/v1/lookup_accounts", { ids: [] }, late)).toMatchObject({
    status: 503,
    body: { error: { code: "deadline_passed" } },
  })
})
