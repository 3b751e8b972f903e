// Recorded lines: an exported run out of a file or an answer, line by line, so that no text as long as the run is held.

import { createReadStream } from "node:fs"
import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import type { RunLine } from "../../src/engine/recorded/export-line.ts"
import { RecordedRunReader, type RecordedRun } from "../../src/engine/recorded/recorded-run.ts"

/**
 * @param wants asked after the first line whether the rest is of interest
 * @returns the first line alone when it was not
 * @throws RecordedRunError, or what the stream throws
 */
export async function readRecorded(
  stream: Readable,
  wants: (run: RunLine) => boolean = () => true,
): Promise<RecordedRun | RunLine> {
  const reader = new RecordedRunReader()
  const failed = new Promise<never>((_, reject) => stream.once("error", reject))
  // Whoever waits below hears of it as well.
  failed.catch(() => undefined)
  const lines = createInterface({ input: stream, crlfDelay: Infinity })[Symbol.asyncIterator]()
  let isFirst = true
  for (;;) {
    const next = await Promise.race([lines.next(), failed])
    if (next.done === true) return reader.end()
    reader.add(next.value)
    if (isFirst && reader.run !== undefined && !wants(reader.run)) {
      stream.destroy()
      return reader.run
    }
    isFirst = false
  }
}

/** @throws RecordedRunError, or Error when there is no such file */
export async function readRecordedFile(file: string): Promise<RecordedRun> {
  const recorded = await readRecorded(createReadStream(file, "utf8"))
  if ("run" in recorded) return recorded
  throw new Error(`${file} was not read to its end.`)
}
