// Run export: the export of one run, asked of a running deployment.
// Owns: the request and what is tried again. Must not touch: what a run is checked for.

import { Readable } from "node:stream"
import type { RunLine } from "../../src/engine/recorded/export-line.ts"
import type { RecordedRun } from "../../src/engine/recorded/recorded-run.ts"
import { readRecorded } from "../support/recorded-lines.ts"

/** A run that goes on may cut its export short; the next one is most often whole. */
const TRIES_MAX = 3

/** One whole export. Longer means that nobody is there. */
const EXPORT_TIMEOUT_MS = 120_000

export interface Deployment {
  readonly url: string
  readonly token: string | undefined
}

/**
 * @param wants asked after the first line whether the rest is of interest
 * @throws Error saying why the run cannot be had
 */
export async function exportOf(
  { url, token }: Deployment,
  id: string,
  wants: (run: RunLine) => boolean,
): Promise<RecordedRun | RunLine> {
  for (let tries = 1; ; tries++) {
    const response = await fetch(`${url}/v1/runs/${encodeURIComponent(id)}/export`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(EXPORT_TIMEOUT_MS),
    })
    if (!response.ok || response.body === null) throw new Error(await refusal(response))
    try {
      return await readRecorded(Readable.fromWeb(response.body), wants)
    } catch (error) {
      if (tries >= TRIES_MAX) throw error
    }
  }
}

async function refusal(response: Response): Promise<string> {
  const text = await response.text()
  try {
    const { error } = JSON.parse(text) as { error: { code: string; message: string } }
    return `${response.status} ${error.code}: ${error.message}`
  } catch {
    // Not one of Belay's answers: a proxy's page, or another server.
    return `${response.status}, which is no answer of Belay's: ${text.slice(0, 100)}`
  }
}
