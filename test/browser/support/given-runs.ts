// Given runs: workflows made to be looked at, on a real Worker, and a real browser before it, for one test file.
// Owns: their life.

import type { BrowserContext, Page } from "playwright-core"
import { afterAll, beforeAll } from "vitest"
import { startChromium } from "../../../scripts/support/chromium.ts"
import { prepareAudit } from "./accessible.ts"
import { noBrowser, openPage } from "./given-console.ts"
import { RunsRuntime } from "../../../scripts/screenshots/runs-runtime.ts"

const START_TIMEOUT_MS = 60_000
const PAGE_TIMEOUT_MS = 15_000

export interface GivenRuns {
  readonly runtime: RunsRuntime
  /** The page of a run; closed with its test. */
  open(id: string, query?: string): Promise<Page>
}

/** What a test file's browser tests work with; to be used in tests, not before them. */
export function givenRuns(): GivenRuns {
  let runtime: RunsRuntime | undefined
  let browser: BrowserContext | undefined
  beforeAll(async () => {
    if (noBrowser) return
    runtime = await RunsRuntime.start()
    browser = await startChromium({ viewport: { width: 1280, height: 800 }, locale: "en-GB" })
    browser.setDefaultTimeout(PAGE_TIMEOUT_MS)
    await prepareAudit(browser)
  }, START_TIMEOUT_MS)
  afterAll(async () => {
    await browser?.close()
    await runtime?.end()
  }, START_TIMEOUT_MS)
  const started = <Part>(part: Part | undefined): Part => {
    if (part === undefined) throw new Error("The runs are there in tests, not before them.")
    return part
  }
  return {
    get runtime() {
      return started(runtime)
    },
    open: (id, query = "") => {
      const { url } = started(runtime).client
      return openPage(started(browser), `${url}/?run=${encodeURIComponent(id)}${query}`)
    },
  }
}
