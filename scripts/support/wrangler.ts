// Wrangler: the command line's tool as a child process, with its noise off and its lines in our hands.
// Owns: how it is found and which of its lines a person wants to see.

import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { stripVTControlCharacters } from "node:util"
import { ProcessGroup } from "./process-group.ts"

const PROJECT_FOLDER = fileURLToPath(new URL("../..", import.meta.url))

/** Nothing is asked of the internet, nothing is reported to it, and no file is left in the home folder. */
function quietEnvironment(registryFolder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_WRITE_LOGS: "false",
    WRANGLER_REGISTRY_PATH: registryFolder,
    NO_COLOR: "1",
    FORCE_COLOR: "0",
  }
}

/** @param registryFolder where this wrangler tells others of itself: nobody, when it is a folder of its own */
export function startWrangler(
  args: readonly string[],
  registryFolder: string,
  onLine?: (line: string) => void,
): Promise<ProcessGroup> {
  const manifest = createRequire(import.meta.url).resolve("wrangler/package.json")
  return ProcessGroup.start({
    command: process.execPath,
    args: [join(dirname(manifest), "bin", "wrangler.js"), ...args],
    folder: PROJECT_FOLDER,
    env: quietEnvironment(registryFolder),
    ...(onLine === undefined ? {} : { onLine }),
  })
}

/** The line for a person; `undefined` when it tells nothing. */
export function readableLine(line: string): string | undefined {
  const text = stripVTControlCharacters(line)
    .replace(/^\[wrangler:info\] /, "")
    // Put before what the Worker logs, which is a line of JSON for whoever reads them all.
    .replace(/^(?:✘ \[ERROR\]|▲ \[WARNING\]) (?=\{)/, "")
    .trimEnd()
  const isNoise = text === "" || text.includes("/healthz") || text.startsWith("Ready on ")
  return isNoise ? undefined : text
}
