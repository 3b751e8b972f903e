// Fetching the pinned release: the right file becomes a program, everything else a sentence and an empty folder.
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { describe, expect, test } from "vitest"
import { freePort } from "../../scripts/support/free-port.ts"
import { downloadTigerBeetle } from "../../scripts/support/tigerbeetle-download.ts"
import { fetchedProgram } from "../../scripts/support/tigerbeetle-program.ts"
import {
  releaseFile,
  RELEASES_URL,
  TIGERBEETLE_VERSION,
} from "../../scripts/support/tigerbeetle-release.ts"
import {
  fakeProgram,
  serve,
  serveZip,
  temporaryFolder,
  withSum,
  zipOf,
} from "../support/fake-release.ts"

const FILE = releaseFile("linux", "x64")
const GOOD = zipOf({ tigerbeetle: fakeProgram("TigerBeetle version 0.17.9+fake") })

/** Tries a download and gives its complaint; the folder must be as empty as before. */
async function complaintOf(releasesUrl: string, sha256 = GOOD.sha256, silenceMs = 5_000) {
  const folder = temporaryFolder()
  const path = join(folder, "version", "tigerbeetle")
  const download = { file: FILE, path, releasesUrl, sha256, silenceMs }
  const message = await downloadTigerBeetle(download).then(
    () => "it succeeded",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  expect(readdirSync(folder, { recursive: true })).toEqual([])
  expect(message).toContain("TIGERBEETLE_BIN=/path/to/tigerbeetle npm run tigerbeetle")
  return message
}

describe("the release", () => {
  test("has the version of the client, exactly", () => {
    const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8")
    const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> }
    expect(dependencies["tigerbeetle-node"]).toBe(TIGERBEETLE_VERSION)
    const installed = createRequire(import.meta.url)("tigerbeetle-node/package.json") as {
      version: string
    }
    expect(installed.version).toBe(TIGERBEETLE_VERSION)
  })

  test("is a file of its own for each kind of machine, with a sum of its own", () => {
    const machines = [
      ["linux", "x64"],
      ["linux", "arm64"],
      ["darwin", "x64"],
      ["win32", "x64"],
    ] as const
    const files = machines.map((machine) => releaseFile(...machine))
    expect(new Set(files.map(({ name }) => name)).size).toBe(machines.length)
    expect(new Set(files.map(({ sha256 }) => sha256)).size).toBe(machines.length)
    for (const { sha256 } of files) expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(releaseFile("darwin", "arm64")).toEqual(releaseFile("darwin", "x64"))
    expect(RELEASES_URL).toMatch(/^https:\/\/github\.com\/tigerbeetle\/tigerbeetle\//)
  })

  test("does not exist for other machines, which is said with a way out", () => {
    expect(() => releaseFile("linux", "riscv64")).toThrow(
      /not released for linux riscv64.*TIGERBEETLE_BIN/,
    )
  })
})

describe("a download", () => {
  test("of the right file becomes a program that runs, and nothing beside it", async () => {
    const asked: string[] = []
    const releasesUrl = await serve((request, response) => {
      asked.push(request.url ?? "")
      response.end(GOOD.bytes)
    })
    const path = fetchedProgram(temporaryFolder())
    await downloadTigerBeetle({ file: FILE, path, releasesUrl, sha256: GOOD.sha256.toUpperCase() })
    expect(asked).toEqual([`/releases/${TIGERBEETLE_VERSION}/${FILE.name}`])
    expect(execFileSync(path, ["version"], { encoding: "utf8" })).toContain("0.17.9")
    expect(readdirSync(dirname(path))).toEqual(["tigerbeetle"])
  })

  test("follows where the server sends it", async () => {
    const target = await serveZip(GOOD)
    const releasesUrl = await serve((_request, response) =>
      response.writeHead(302, { location: target }).end(),
    )
    const path = join(temporaryFolder(), "tigerbeetle")
    await downloadTigerBeetle({ file: FILE, path, releasesUrl, sha256: GOOD.sha256 })
    expect(existsSync(path)).toBe(true)
  })

  test("of another file is refused, with both sums", async () => {
    const other = zipOf({ tigerbeetle: fakeProgram("TigerBeetle version 0.17.9+evil") })
    const message = await complaintOf(await serveZip(other))
    expect(message).toContain(`expected SHA-256 ${GOOD.sha256}`)
    expect(message).toContain(`found    SHA-256 ${other.sha256}`)
  })

  test("is held against the pinned sum unless another one is given", async () => {
    const releasesUrl = await serveZip(GOOD)
    const path = join(temporaryFolder(), "tigerbeetle")
    await expect(downloadTigerBeetle({ file: FILE, path, releasesUrl })).rejects.toThrow(
      `expected SHA-256 ${FILE.sha256}`,
    )
    expect(existsSync(path)).toBe(false)
  })

  test("that the server does not have is named with the server's answer", async () => {
    const releasesUrl = await serve((_request, response) => response.writeHead(404).end("no"))
    const message = await complaintOf(releasesUrl)
    expect(message).toContain(`${releasesUrl}/${TIGERBEETLE_VERSION}/${FILE.name}`)
    expect(message).toContain("the server answered 404 Not Found")
  })

  test("without a network says from where and why nothing came", async () => {
    const refused = `http://127.0.0.1:${await freePort()}/releases`
    const message = await complaintOf(refused)
    expect(message).toContain(`could not be fetched from ${refused}/${TIGERBEETLE_VERSION}/`)
    expect(message).toContain("ECONNREFUSED")
    expect(await complaintOf("http://no-such-host.invalid")).toMatch(/ENOTFOUND|EAI_AGAIN/)
  })

  test("that is cut off in the middle leaves nothing", async () => {
    const releasesUrl = await serve((_request, response) => {
      response.writeHead(200, { "content-length": GOOD.bytes.byteLength })
      response.write(GOOD.bytes.subarray(0, 20))
      setTimeout(() => response.destroy(), 20)
    })
    expect(await complaintOf(releasesUrl)).toContain("could not be fetched")
  })

  test("that falls silent, at once or in the middle, is given up", async () => {
    const mute = await serve(() => undefined)
    expect(await complaintOf(mute, GOOD.sha256, 50)).toContain("no answer for 50 ms")
    const stuck = await serve((_request, response) => {
      response.writeHead(200, { "content-length": GOOD.bytes.byteLength })
      response.write(GOOD.bytes.subarray(0, 20))
    })
    expect(await complaintOf(stuck, GOOD.sha256, 50)).toContain("no answer for 50 ms")
  })

  test("of a file that is no zip, or has no such program, leaves nothing", async () => {
    const empty = zipOf({ readme: "nothing here" })
    expect(await complaintOf(await serveZip(empty), empty.sha256)).toContain("no such file")
    const text = withSum(new TextEncoder().encode("not a zip at all"))
    expect(await complaintOf(await serveZip(text), text.sha256)).toContain("could not be unpacked")
  })
})
