// What a development server tells its Worker: `.dev.vars` and the environment, and that no value changes on the way.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { unstable_getVarsForDev } from "wrangler"
import { member } from "../../scripts/support/json-client.ts"
import {
  settingsText,
  WORKER_SETTINGS,
  workerSettings,
} from "../../scripts/support/worker-settings.ts"

const folder = mkdtempSync(join(tmpdir(), "belay-settings-"))

afterAll(() => rmSync(folder, { recursive: true }))

/** As wrangler reads the file. */
function read(text: string): Record<string, unknown> {
  const file = join(folder, "worker.env")
  writeFileSync(file, text)
  const variables: object = unstable_getVarsForDev(undefined, [file], {}, undefined, true)
  return Object.fromEntries(
    Object.entries(variables).map(([name, binding]) => [name, member(binding, "value")]),
  )
}

describe("settings", () => {
  test("are what the environment says over what .dev.vars says, and nothing else of the environment", () => {
    const environment = { BELAY_TOKENS: "{}", PATH: "/bin", BELAY_LOG_LEVEL: "", SECRET: "x" }
    const devVars = `BELAY_TOKENS='{"a": ["read"]}'\nBELAY_LOG_LEVEL=info\nMINE=1\n`
    expect(workerSettings(environment, devVars)).toEqual({
      BELAY_TOKENS: "{}",
      BELAY_LOG_LEVEL: "info",
      MINE: "1",
    })
    expect(workerSettings(environment, undefined)).toEqual({ BELAY_TOKENS: "{}" })
  })

  test("are all that the Worker's environment may be set to from outside", () => {
    const text = readFileSync(new URL("../../src/env.d.ts", import.meta.url), "utf8")
    const optional = [...text.matchAll(/^ {4}([A-Z_]+)\?: string$/gm)].map(([, name]) => name)
    const made = ["BELAY_DEV", "BELAY_RELAY_URL", "BELAY_RELAY_KEY"]
    expect(optional.length).toBeGreaterThan(10)
    expect(new Set([...WORKER_SETTINGS, ...made])).toEqual(new Set(optional))
  })

  test.each([
    ['{"$HOME": ["read"], "${PATH}": ["start"], "it\'s": ["operate"]}'],
    ["a=b,c=d%20e"],
    ["two\nlines # and no remark"],
    ["back\\slash \\n and \\$dollar"],
    ["`ticks` and 'quotes'"],
    [" spaces at both ends "],
  ])("reach it as they were: %s", (value) => {
    expect(read(settingsText({ BELAY_TOKENS: value }))).toEqual({ BELAY_TOKENS: value })
  })

  test("with every kind of quotes are refused, and the value is not told", () => {
    expect(() => settingsText({ BELAY_TOKENS: `'"\`` })).toThrow(/^BELAY_TOKENS has every kind/)
  })
})
