// `npm run chaos`, the short one: every kind of fault that can be made on this machine, all systems, and an audit that has
// nothing to say. The seed is the same each time, unless BELAY_SEED gives another; the machine's own timing no seed repeats.

import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { runScript } from "../scripts/support/command.ts"

/** The shortest there is: 12 s of faults. */
const MINUTES = "0.2"
const TEST_TIMEOUT_MS = 150_000

const SYSTEMS = [
  "account-creation",
  "money-transfer",
  "order-fulfilment",
  "order-lifecycle",
  "one-click-buy",
  "user-session",
  "event-projection",
  "ledger-transfer",
  "schedule",
]

const ALWAYS = [
  "kill runtime",
  "kill relay",
  "stop runtime",
  "stop relay",
  "cut client",
  "cut relay",
  "weather client",
  "weather relay",
]

/** Kinds that a machine may not allow, and how the chaos says so. */
const WHERE_POSSIBLE = [
  ["full disks", ["fill state", "fill ledger"]],
  ["clock steps", ["clock runtime", "clock relay"]],
] as const

test(
  "promises 1, 2, 5, 7, 11 and 12: every kind of fault at once for a while, and no run, effect or unit is lost or doubled",
  { timeout: TEST_TIMEOUT_MS },
  async ({ onTestFinished }) => {
    const folder = mkdtempSync(join(tmpdir(), "belay-short-chaos-"))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const seed = process.env["BELAY_SEED"] ?? "1"
    const args = ["--minutes", MINUTES, "--seed", seed]
    const { code, output, errors } = await runScript("chaos", args, { TMPDIR: folder })
    const evidence = code === 0 ? "" : output
    expect({ code, errors, evidence }).toEqual({ code: 0, errors: "", evidence: "" })
    expect(output.trimEnd().split("\n").at(-1)).toBe("chaos: passed")

    const times = (fault: string) => Number(new RegExp(`^${fault} +(\\d+)$`, "m").exec(output)?.[1])
    const possible = WHERE_POSSIBLE.flatMap(([kind, faults]) =>
      output.includes(`NOT TRIED: ${kind}: `) ? [] : faults,
    )
    expect([...ALWAYS, ...possible].filter((fault) => !(times(fault) >= 1))).toEqual([])
    for (const [notTried] of output.matchAll(/^!! NOT TRIED: .*$/gm)) console.log(notTried)
    // All systems were at work, and their effects were counted.
    const rows = [...output.matchAll(/^([a-z-]+) +(\d+) +(\d+) +\S+ +0 {2}/gm)]
    const counted = rows.filter(([, , runs, effects]) => Number(runs) > 0 && Number(effects) > 0)
    expect(counted.map(([, system]) => system)).toEqual(SYSTEMS)
    expect(readdirSync(folder)).toEqual([])
  },
)
