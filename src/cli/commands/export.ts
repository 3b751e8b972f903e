// Export: a run as one file, which `npm run replay` reads.
//   X1. A file under the name that was asked for is whole: it is written beside it and takes its place at the end.

import { createWriteStream } from "node:fs"
import { rename, rm } from "node:fs/promises"
import { pipeline } from "node:stream/promises"
import type { Call, Command } from "../command.ts"
import { UsageError } from "../exit-code.ts"
import { counted } from "../text.ts"

export const EXPORT: Command = {
  name: "export",
  arguments: "ID",
  summary: "a run as one file of JSON lines",
  details: ["A token without the role operate gets it without stacks and tokens of promises."],
  options: {
    output: { value: "FILE", short: "o", text: "where to; standard output unless given" },
  },
  run: exportRun,
}

async function exportRun({ client, screen, given, signal }: Call): Promise<void> {
  const id = given.argument(0)
  const file = given.text("output")
  const lines = client.export(id, { signal })
  if (file === undefined) {
    for await (const line of lines) await screen.line(line)
    return
  }
  let count = 0
  async function* ended(): AsyncGenerator<string, void> {
    for await (const line of lines) {
      count++
      yield `${line}\n`
    }
  }
  const unfinished = `${file}.part`
  try {
    await pipeline(ended, createWriteStream(unfinished, { mode: 0o600 }))
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw isOfFiles(error) ? new UsageError(`${file} cannot be written: ${error.message}`) : error
  }
  if (screen.isJson) await screen.json({ id, file, lines: count })
  else screen.note(`${counted(count, "line")} ${count === 1 ? "is" : "are"} in ${file}.`)
}

function isOfFiles(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error
}
