// Command: one of the project's scripts, run as a process of its own to its end.

import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

export interface Ran {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** @param script as in "replay", for scripts/replay.ts */
export async function runScript(
  script: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const file = fileURLToPath(new URL(`../../../scripts/${script}.ts`, import.meta.url))
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...variables },
  })
  let output = ""
  let errors = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", resolve)
  })
  return { code, output, errors }
}
