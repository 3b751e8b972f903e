// Which TigerBeetle is used: one that will do, or a sentence about what is wrong with the one that was named.
import { mkdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, test } from "vitest"
import { downloadTigerBeetle } from "../../scripts/support/tigerbeetle-download.ts"
import { fetchedProgram, findTigerBeetle } from "../../scripts/support/tigerbeetle-program.ts"
import { releaseFile } from "../../scripts/support/tigerbeetle-release.ts"
import {
  fakeProgram,
  serveZip,
  temporaryFolder,
  writeProgram,
  zipOf,
} from "../support/fake-release.ts"

function find(program: string): Promise<string | undefined> {
  return findTigerBeetle(program, temporaryFolder())
}

test("the named program is used when it is as new as the client, or newer", async () => {
  for (const version of ["0.17.9+abc", "0.17.10", "0.18.0", "1.0.0"]) {
    const path = writeProgram(fakeProgram(`TigerBeetle version ${version}`))
    expect(await find(path)).toBe(path)
  }
})

test("an older one is refused: a cluster must not be older than its clients", async () => {
  for (const version of ["0.17.8", "0.16.99", "0.9.10"]) {
    const path = writeProgram(fakeProgram(`TigerBeetle version ${version}`))
    await expect(find(path)).rejects.toThrow(
      `TIGERBEETLE_BIN: ${path} is TigerBeetle ${version}; the relay's client is 0.17.9`,
    )
  }
})

test("what cannot be TigerBeetle is refused, saying why", async () => {
  const folder = temporaryFolder()
  await expect(find(join(folder, "none"))).rejects.toThrow("does not exist.")
  await expect(find(folder)).rejects.toThrow("is not a file.")
  const locked = writeProgram(fakeProgram("TigerBeetle version 0.17.9"), 0o644)
  await expect(find(locked)).rejects.toThrow(`may not be executed; try: chmod +x ${locked}`)
  await expect(find(writeProgram("#!/bin/sh\necho hello"))).rejects.toThrow(
    `does not say that it is TigerBeetle; its "version" gave: hello`,
  )
  await expect(find(writeProgram("#!/bin/sh\nexit 3"))).rejects.toThrow(
    "does not run on this machine",
  )
})

test("without a name it is the fetched one, if there is one", async () => {
  const folder = temporaryFolder()
  expect(await findTigerBeetle(undefined, folder)).toBeUndefined()
  expect(await findTigerBeetle("", folder)).toBeUndefined()
  const file = releaseFile("linux", "x64")
  const zip = zipOf({ [file.program]: fakeProgram("TigerBeetle version 0.17.9") })
  const path = fetchedProgram(folder)
  await downloadTigerBeetle({ file, path, releasesUrl: await serveZip(zip), sha256: zip.sha256 })
  expect(await findTigerBeetle(undefined, folder)).toBe(path)
})

test("a fetched one that will not do is named, with what to do", async () => {
  const folder = temporaryFolder()
  const path = fetchedProgram(folder)
  mkdirSync(path, { recursive: true })
  expect(dirname(path)).toContain(folder)
  await expect(findTigerBeetle(undefined, folder)).rejects.toThrow(
    `${path} is not a file. Delete it, and \`npm run tigerbeetle\` fetches it anew.`,
  )
})
