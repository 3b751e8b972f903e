// Fake release: what the script that fetches TigerBeetle meets, on loopback: a server of releases, and a program in a
// zip that only knows its version. Everything is ended and deleted after each test.
import { createHash } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { strToU8, zipSync } from "fflate"
import { afterEach } from "vitest"

const ended: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const end of ended.splice(0).toReversed()) await end()
})

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "belay-tigerbeetle-"))
  ended.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A program that answers `version`, and fails at everything else. */
export function fakeProgram(version: string): string {
  return `#!/bin/sh\n[ "$1" = version ] && echo "${version}" || { echo "no disk today"; exit 1; }\n`
}

/** Written to a file that may be executed, or not. */
export function writeProgram(text: string, mode = 0o755): string {
  const path = join(temporaryFolder(), "tigerbeetle")
  writeFileSync(path, text, { mode })
  return path
}

export interface Zip {
  readonly bytes: Uint8Array
  readonly sha256: string
}

export function zipOf(files: Readonly<Record<string, string>>): Zip {
  const bytes = zipSync(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])),
  )
  return withSum(bytes)
}

export function withSum(bytes: Uint8Array): Zip {
  return { bytes, sha256: createHash("sha256").update(bytes).digest("hex") }
}

/** The address of a server on loopback. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  ended.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/releases`
}

export function serveZip({ bytes }: Zip): Promise<string> {
  return serve((_request, response) => response.end(bytes))
}
