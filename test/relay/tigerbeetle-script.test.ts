// `npm run tigerbeetle` as a person uses it: fetched, started, ended, started again; and what it says when it cannot.
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, test } from "vitest"
import { freePort, isFreePort } from "../../scripts/support/free-port.ts"
import { ProcessGroup } from "../../scripts/support/process-group.ts"
import { releaseFile } from "../../scripts/support/tigerbeetle-release.ts"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import {
  fakeProgram,
  serveZip,
  temporaryFolder,
  writeProgram,
  zipOf,
} from "../support/fake-release.ts"
import { reportNotRun } from "../support/not-run.ts"
import { HOW_TO_RUN, tigerBeetleProgram } from "../support/real-tigerbeetle.ts"

const SCRIPT = fileURLToPath(new URL("../../scripts/tigerbeetle.ts", import.meta.url))
const TEST_TIMEOUT_MS = 120_000
const START_TIMEOUT_MS = 60_000

const running: ProcessGroup[] = []

afterEach(async () => {
  for (const group of running.splice(0)) await group.kill()
})

/** The script with these settings and no others of its kind. */
async function run(env: Record<string, string>) {
  const group = await ProcessGroup.start({
    command: process.execPath,
    args: [SCRIPT],
    env: {
      ...process.env,
      TB_PORT: String(await freePort()),
      TIGERBEETLE_BIN: "",
      TIGERBEETLE_SHA256: "",
      TIGERBEETLE_RELEASES_URL: `http://127.0.0.1:${await freePort()}/none`,
      ...env,
    },
  })
  running.push(group)
  return group
}

/** Runs it to its failure and gives what it said. */
async function complaintOf(env: Record<string, string>): Promise<string> {
  const group = await run(env)
  expect(await group.ended).toEqual({ code: 1, signal: null })
  return group.tail
}

test("without a network it says what could not be fetched, from where, and how to do without", async () => {
  const folder = temporaryFolder()
  const said = await complaintOf({ BELAY_FOLDER: folder })
  expect(said).toMatch(
    /TigerBeetle 0\.17\.9 could not be fetched from http:\S+\.zip: .*ECONNREFUSED/,
  )
  expect(said).toContain("TIGERBEETLE_BIN=/path/to/tigerbeetle npm run tigerbeetle")
  expect(readdirSync(folder, { recursive: true })).toEqual([])
})

test("what it fetches must have the pinned sum, or the one it was told", async () => {
  const folder = temporaryFolder()
  const { program, sha256 } = releaseFile()
  const zip = zipOf({ [program]: fakeProgram("TigerBeetle version 0.17.9") })
  const env = { BELAY_FOLDER: folder, TIGERBEETLE_RELEASES_URL: await serveZip(zip) }
  expect(await complaintOf(env)).toContain(`expected SHA-256 ${sha256}`)
  expect(readdirSync(folder, { recursive: true })).toEqual([])
  expect(await complaintOf({ ...env, TIGERBEETLE_SHA256: "abc" })).toContain(
    'TIGERBEETLE_SHA256: expected 64 hexadecimal digits, got "abc"',
  )

  // This one is fetched, cannot make a data file, and leaves no half of one.
  const said = await complaintOf({ ...env, TIGERBEETLE_SHA256: zip.sha256 })
  expect(said).toContain("could not make")
  expect(said).toContain("no disk today")
  expect(readdirSync(join(folder, "tigerbeetle"))).toEqual(["0.17.9"])
  // The second time it is there already: nothing is asked of a network.
  const again = await complaintOf({ BELAY_FOLDER: folder })
  expect(again).toContain("no disk today")
})

test("a named program that will not do, and a port that is none, are said before anything else", async () => {
  const old = writeProgram(fakeProgram("TigerBeetle version 0.16.1"))
  const folder = temporaryFolder()
  const said = await complaintOf({ BELAY_FOLDER: folder, TIGERBEETLE_BIN: old })
  expect(said).toBe(
    `TIGERBEETLE_BIN: ${old} is TigerBeetle 0.16.1; the relay's client is 0.17.9, and a cluster must not be older than its clients.`,
  )
  expect(await complaintOf({ BELAY_FOLDER: folder, TB_PORT: "0" })).toBe(
    'TB_PORT: expected a whole number 1..65535, got "0".',
  )
})

if (tigerBeetleProgram === undefined) {
  reportNotRun({
    title: "npm run tigerbeetle with a real program",
    unproven: "that it formats, starts and ends a real TigerBeetle",
    how: HOW_TO_RUN,
  })
}

describe.skipIf(tigerBeetleProgram === undefined)("with a real program", () => {
  test(
    "it answers on its port, says how to go on, keeps its data, and ends with 0 on Ctrl-C and SIGTERM",
    async () => {
      const folder = temporaryFolder()
      const port = await freePort()
      const env = {
        BELAY_FOLDER: folder,
        TB_PORT: String(port),
        TIGERBEETLE_BIN: tigerBeetleProgram ?? "",
      }
      const dataFile = join(folder, "tigerbeetle", "0_0.tigerbeetle")
      const madeAt: number[] = []
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        const group = await run(env)
        await waitUntil(`it to be ready; it said: ${group.tail}`, START_TIMEOUT_MS, () =>
          group.tail.includes(`TB_ADDRESS=127.0.0.1:${port} npm start`) ? true : undefined,
        )
        expect(group.tail).toContain("not for production money")
        madeAt.push(statSync(dataFile).birthtimeMs)
        group.signal(signal)
        expect(await group.ended).toEqual({ code: 0, signal: null })
        await waitUntil("its port to be free", 10_000, async () =>
          (await isFreePort(port)) ? true : undefined,
        )
      }
      expect(madeAt[1]).toBe(madeAt[0])
      expect(existsSync(`${dataFile}.half`)).toBe(false)
    },
    TEST_TIMEOUT_MS,
  )
})
