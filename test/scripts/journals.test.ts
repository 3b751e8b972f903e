// Recorded journals of the systems: the code here still does what it did, and a change of it would be noticed.
// A file that no longer fits means that live runs would halt: bring the old code back, or register a new version.

import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { beforeAll, describe, expect, test } from "vitest"
import type { DryReplayer } from "../../src/engine/recorded/dry-replay.ts"
import { readRecordedFile } from "../../scripts/support/recorded-lines.ts"
import { inWords } from "../../src/engine/recorded/replay-words.ts"
import { loadReplayer } from "../../scripts/support/worker-code.ts"

const FOLDER = fileURLToPath(new URL("../journals", import.meta.url))
const CODE = fileURLToPath(new URL("../../src/index.ts", import.meta.url))
const CHANGED = fileURLToPath(new URL("worker/changed-transfer.ts", import.meta.url))

const NO_WORKER = fileURLToPath(new URL("../../src/engine/index.ts", import.meta.url))

const files = readdirSync(FOLDER).filter((name) => name.endsWith(".jsonl"))

const recordedOf = (name: string) => readRecordedFile(`${FOLDER}/${name}`)

describe("check 53: the recorded journals of the systems replay on the code here", () => {
  let replay: DryReplayer
  beforeAll(async () => {
    replay = await loadReplayer(CODE)
  })

  test("each system has one of a run in the middle and one of a run that has ended", async () => {
    const systems = new Map<string, Set<boolean>>()
    for (const name of files) {
      const { run } = await recordedOf(name)
      const system = name.split(".")[0] ?? ""
      systems.set(system, (systems.get(system) ?? new Set()).add(run.endedAtMs !== undefined))
    }
    const whole = [...systems].filter(([, ends]) => ends.size === 2).map(([system]) => system)
    expect(whole.sort()).toEqual([
      "account-creation",
      "event-projection",
      "ledger-transfer",
      "money-transfer",
      "one-click-buy",
      "order-fulfilment",
      "order-lifecycle",
      "user-session",
    ])
  })

  test.each(files)("%s", async (name) => {
    const recorded = await recordedOf(name)
    const replayed = replay(recorded)
    if (replayed.type !== "fits") throw new Error(inWords(replayed))
    const hasEnded = recorded.run.endedAtMs !== undefined
    expect(replayed.next.type === "ends").toBe(hasEnded)
  })
})

describe("check 54: a changed workflow is noticed", () => {
  let replay: DryReplayer
  beforeAll(async () => {
    replay = await loadReplayer(CHANGED)
  })

  test.each([
    ["money-transfer.crediting.jsonl", "2"],
    ["money-transfer.completed.jsonl", "2"],
    ["money-transfer.compensated.jsonl", "2"],
  ])("%s diverges at path %s", async (name, path) => {
    const replayed = replay(await recordedOf(name))
    expect(replayed).toMatchObject({
      type: "diverges",
      halt: {
        details: {
          path,
          difference: "name",
          expected: { kind: "step", name: "creditTarget" },
          found: { kind: "step", name: "checkAmount" },
        },
      },
    })
  })

  test("a workflow that is gone is missing", async () => {
    expect(replay(await recordedOf("one-click-buy.window.jsonl"))).toMatchObject({
      type: "missing",
      halt: { code: "workflow_unknown" },
    })
  })
})

test("an entry that exports no object class is refused in words", async () => {
  await expect(loadReplayer(NO_WORKER)).rejects.toThrow(
    'which has "export const RunObject = belay.RunObject"',
  )
})
