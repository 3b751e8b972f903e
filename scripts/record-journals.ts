// Record journals: runs the real systems to where test/journals/ wants them, and exports each run there.
// npm run journals [-- NAME… [--replace]]: all recordings, or those whose name begins with one of the given. A file that is
// there stays as it is unless --replace: it is what live runs may look like. When to run this is said in docs/versions.md:
// for what is new, never to make a test pass.
// Everything lives in a temporary folder on free ports. Ends with 0, or with 1 saying what was wrong.

import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { withoutStacks } from "../src/http/value-view.ts"
import { RECORDINGS, type Recording } from "./record-journals/recordings.ts"
import { member } from "./support/json-client.ts"
import { SystemsRuntime } from "./support/systems-runtime.ts"
import { waitUntil } from "./support/wait-until.ts"

const FOLDER = fileURLToPath(new URL("../test/journals", import.meta.url))

const REACHED_TIMEOUT_MS = 20_000

async function record({ client }: SystemsRuntime, recording: Recording): Promise<string> {
  for (const [method, path, body, headers = {}] of recording.requests) {
    const answer = client.send(method, path, body, headers)
    // A held run answers its caller only when it is over.
    if (Object.keys(headers).length > 0) answer.catch(() => undefined)
    else requireGood(path, await answer)
  }
  const run = `/v1/runs/${encodeURIComponent(recording.run)}`
  await waitUntil(`${recording.name} to be reached`, REACHED_TIMEOUT_MS, async () =>
    (await isReached(recording, async (path) => (await client.get(run + path)).body))
      ? true
      : undefined,
  )
  const response = await fetch(`${client.url}${run}/export`)
  if (!response.ok) throw new Error(`${recording.run} was not exported: ${response.status}`)
  return (await response.text()).replaceAll(/^.+$/gm, anywhere)
}

/** A line without the stacks of its errors, which name files of this machine. */
function anywhere(text: string): string {
  const line = JSON.parse(text) as { text?: string; record?: { text?: string } }
  for (const holder of [line, line.record ?? {}]) {
    if (holder.text !== undefined) holder.text = withoutStacks(holder.text)
  }
  return JSON.stringify(line)
}

async function isReached({ at }: Recording, get: (path: string) => Promise<unknown>) {
  if (typeof at === "string") return member(await get(""), "status") === at
  const entries = member(await get("/journal"), "entries")
  return (
    Array.isArray(entries) &&
    entries.some(
      (entry) => member(entry, "name") === at.step && member(entry, "state") === "started",
    )
  )
}

function requireGood(path: string, { status, body }: { status: number; body: unknown }): void {
  if (status < 300) return
  throw new Error(`${path} was answered ${status}: ${JSON.stringify(body)}`)
}

function fileOf(name: string): string {
  return join(FOLDER, `${name}.jsonl`)
}

async function main(): Promise<void> {
  const { values, positionals: wanted } = parseArgs({
    allowPositionals: true,
    options: { replace: { type: "boolean", default: false } },
  })
  const isWanted = ({ name }: Recording) =>
    (wanted.length === 0 || wanted.some((begin) => name.startsWith(begin))) &&
    (values.replace || !existsSync(fileOf(name)))
  mkdirSync(FOLDER, { recursive: true })
  const runtime = await SystemsRuntime.start()
  try {
    // All are led, since one may stand on what another left in the stores; the wanted ones are kept.
    for (const recording of RECORDINGS) {
      const text = await record(runtime, recording)
      if (!isWanted(recording)) continue
      writeFileSync(fileOf(recording.name), text)
      console.log(`${recording.name}: ${text.split("\n").length - 1} lines`)
    }
  } finally {
    await runtime.end()
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  },
)
