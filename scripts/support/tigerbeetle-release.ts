// TigerBeetle's official release: which version, which file for which machine, and what the file must be.
// Owns: the pinned version, the files' names and sums. Changes together with `tigerbeetle-node` in package.json.
// The sums are those that public packaging recipes for this release state; those for Linux and macOS were found alike
// in several recipes that do not know each other, the one for Windows in one. They prove that a file is the one
// those people got, whoever serves it; they are not a signature by TigerBeetle.

/** The same as the client's: a client must not be newer than the cluster. */
export const TIGERBEETLE_VERSION = "0.17.9"

export const RELEASES_URL = "https://github.com/tigerbeetle/tigerbeetle/releases/download"

export interface ReleaseFile {
  readonly name: string
  readonly sha256: string
  /** The program inside. */
  readonly program: string
}

const UNIX = "tigerbeetle"

const MACOS: ReleaseFile = {
  name: "tigerbeetle-universal-macos.zip",
  sha256: "4e085eaffc66c2ed82e7f94a8137c468256d2fb0b35152ccf903cc6676c22940",
  program: UNIX,
}

/** By Node's names for platform and architecture. */
const FILES: Readonly<Record<string, ReleaseFile>> = {
  "linux x64": {
    name: "tigerbeetle-x86_64-linux.zip",
    sha256: "af71f2c0057e3b409bf79940fa94894b738187b0d4f1e711097bca15df5d8cd4",
    program: UNIX,
  },
  "linux arm64": {
    name: "tigerbeetle-aarch64-linux.zip",
    sha256: "413994920fe48b04f5aa86895b7a1d9d98d14803b29d4e91d2a6d0098fff4ef2",
    program: UNIX,
  },
  "darwin x64": MACOS,
  "darwin arm64": MACOS,
  "win32 x64": {
    name: "tigerbeetle-x86_64-windows.zip",
    sha256: "aaac96a69380b33a0e63f981635c24924d610f28c3f41637f9e57b8caa0e5e77",
    program: `${UNIX}.exe`,
  },
}

/** @throws Error for a machine that TigerBeetle is not released for. */
export function releaseFile(
  platform: string = process.platform,
  architecture: string = process.arch,
): ReleaseFile {
  const file = FILES[`${platform} ${architecture}`]
  if (file !== undefined) return file
  throw new Error(
    `TigerBeetle ${TIGERBEETLE_VERSION} is not released for ${platform} ${architecture}, only for ${Object.keys(FILES).join(", ")}. ` +
      "Build it, and say where it is: TIGERBEETLE_BIN=/path/to/tigerbeetle",
  )
}
