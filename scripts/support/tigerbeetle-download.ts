// TigerBeetle's download: from the release's address to a program on the disk, or nothing.
// Owns: the request, the checks, the unpacking. Must not touch: which file it is (tigerbeetle-release.ts).
//   D1. The file is checked before anything of it is written, and the program appears whole or not at all.
//   D2. Every failure says what was not fetched, from where, and how to do without.

import { createHash } from "node:crypto"
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { unzipSync } from "fflate"
import { type ReleaseFile, TIGERBEETLE_VERSION } from "./tigerbeetle-release.ts"

/** Silence of a server for this long is the end of a download, in ms. */
const SILENCE_MS = 30_000

/** Far more than a release has. */
const BYTES_MAX = 512 * 1024 * 1024

export interface Download {
  readonly file: ReleaseFile
  /** Where the program is put; its folder is made. */
  readonly path: string
  /** The address of all releases, see `RELEASES_URL`. */
  readonly releasesUrl: string
  /** Instead of the pinned one. */
  readonly sha256?: string
  readonly silenceMs?: number
}

/** @throws Error for the person at the terminal. */
export async function downloadTigerBeetle(download: Download): Promise<void> {
  const { file, path, releasesUrl, silenceMs = SILENCE_MS } = download
  const url = `${releasesUrl}/${TIGERBEETLE_VERSION}/${file.name}`
  const zip = await fetchBytes(url, silenceMs)
  const expected = (download.sha256 ?? file.sha256).toLowerCase()
  const found = createHash("sha256").update(zip).digest("hex")
  if (found !== expected) {
    throw new Error(
      `What ${url} gave is not the pinned release of TigerBeetle; it was thrown away.\n` +
        `  expected SHA-256 ${expected}\n  found    SHA-256 ${found} (${zip.byteLength} bytes)\n${WITHOUT_DOWNLOAD}`,
    )
  }
  place(unpack(zip, file.program, url), path)
}

const WITHOUT_DOWNLOAD =
  "Nothing was kept. To use a program you have: TIGERBEETLE_BIN=/path/to/tigerbeetle npm run tigerbeetle"

async function fetchBytes(url: string, silenceMs: number): Promise<Uint8Array> {
  const silence = new AbortController()
  const giveUp = () => silence.abort(new Error(`no answer for ${silenceMs} ms`))
  let timer = setTimeout(giveUp, silenceMs)
  const heard = () => {
    clearTimeout(timer)
    timer = setTimeout(giveUp, silenceMs)
  }
  try {
    const response = await fetch(url, { signal: silence.signal })
    if (!response.ok || response.body === null) {
      throw new Error(`the server answered ${response.status} ${response.statusText}`.trimEnd())
    }
    const body: AsyncIterable<Uint8Array> = response.body
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of body) {
      heard()
      size += chunk.byteLength
      if (size > BYTES_MAX) throw new Error(`the server sent more than ${BYTES_MAX} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (cause) {
    throw new Error(
      `TigerBeetle ${TIGERBEETLE_VERSION} could not be fetched from ${url}: ${reasonOf(cause)}.\n${WITHOUT_DOWNLOAD}`,
      { cause },
    )
  } finally {
    clearTimeout(timer)
  }
}

function unpack(zip: Uint8Array, program: string, url: string): Uint8Array {
  try {
    const bytes = unzipSync(zip, { filter: ({ name }) => name === program })[program]
    if (bytes !== undefined) return bytes
    throw new Error("it has no such file")
  } catch (cause) {
    throw new Error(
      `"${program}" could not be unpacked from ${url}: ${reasonOf(cause)}.\n${WITHOUT_DOWNLOAD}`,
      { cause },
    )
  }
}

function place(program: Uint8Array, path: string): void {
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true })
  const half = mkdtempSync(join(folder, "half-"))
  try {
    const file = join(half, "program")
    writeFileSync(file, program)
    chmodSync(file, 0o755)
    renameSync(file, path)
  } finally {
    rmSync(half, { recursive: true, force: true })
  }
}

/** What fetch itself says is only that it failed; why is in the causes. */
function reasonOf(error: unknown): string {
  const reasons: string[] = []
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = "code" in cause && typeof cause.code === "string" ? ` (${cause.code})` : ""
    if (cause.message !== "") reasons.push(`${cause.message}${code}`)
    else if (code !== "") reasons.push(code.trim())
  }
  return [...new Set(reasons)].join(": ") || String(error)
}
