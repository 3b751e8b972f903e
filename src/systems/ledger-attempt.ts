// Ledger attempt: how long one attempt of a step that asks the ledger may take.
// Owns: the one option that all such steps share.
//   L1. Longer than the attempt's call waits (4, 8, 16 s: `patience` in ledger/patience.ts), so that a call which hangs is
//       seen by the call itself, and a relay that needs 10 s for each of its answers is heard in the end.
//   L2. The first is short: a step that hangs, whatever the reason, is seen after 5 s.

/** For `ctx.options`. */
export const LEDGER_ATTEMPT = { attemptTimeoutMs: [5_000, 10_000, 20_000] } as const
