// `npm run demo`: what the README promises of it, on a machine that does other things besides.

import { expect, it } from "vitest"
import { runScript } from "./support/command.ts"

/** The demo itself gives up before. */
const DEMO_MS = 120_000

it(
  "promises 2 and 5: the seven systems play on through three kills, each effect once, and the demo says so with exit code 0",
  { timeout: DEMO_MS },
  async () => {
    const { code, output, errors } = await runScript("demo", [])
    expect(errors).toBe("")
    expect(code).toBe(0)
    expect(output).toContain("every effect happened once")
    const systems =
      /^(account-creation|money-transfer|order-fulfilment|order-lifecycle|one-click-buy|user-session|event-projection) +\d+ +([1-3]) /gmu
    const died = [...output.matchAll(systems)].map(([, system, deaths]) => `${system} ${deaths}`)
    expect(died).toHaveLength(7)
  },
)
