// Given console: the systems on a real Worker with a real relay, and a real browser before it, for one test file.
// Owns: their life, and that a page which complains in its log fails its test.

import type { BrowserContext, Page } from "playwright-core"
import { afterAll, beforeAll, expect, onTestFinished } from "vitest"
import {
  chromiumProgram,
  HOW_TO_GET_CHROMIUM,
  startChromium,
} from "../../../scripts/support/chromium.ts"
import type { JsonClient } from "../../../scripts/support/json-client.ts"
import { SystemsRuntime } from "../../../scripts/support/systems-runtime.ts"
import { reportNotRun } from "../../support/not-run.ts"
import { prepareAudit } from "./accessible.ts"

const START_TIMEOUT_MS = 60_000

/** What one waits for on a page; a small machine has other work as well. */
const PAGE_TIMEOUT_MS = 15_000

/** `test.skipIf(noBrowser)`: left out, and said so, where there is no browser. */
export const noBrowser = chromiumProgram === undefined

export interface GivenConsole {
  readonly systems: SystemsRuntime
  readonly client: JsonClient
  readonly browser: BrowserContext
  /** A new page at an address of the console; closed with its test. */
  open(address?: string): Promise<Page>
}

interface Options {
  /** Variables of the Worker beside those of a development server. */
  readonly variables?: Readonly<Record<string, string>>
}

/** What a test file's browser tests work with; to be used in tests, not before them. */
export function givenConsole({ variables = {} }: Options = {}): GivenConsole {
  if (noBrowser) {
    reportNotRun({
      title: "the console in a browser",
      unproven: "that the page works on the real Worker, for everybody",
      how: HOW_TO_GET_CHROMIUM,
    })
  }
  let systems: SystemsRuntime | undefined
  let browser: BrowserContext | undefined
  beforeAll(async () => {
    if (noBrowser) return
    systems = await SystemsRuntime.start(undefined, { variables })
    browser = await startChromium({ viewport: { width: 1280, height: 800 }, locale: "en-GB" })
    browser.setDefaultTimeout(PAGE_TIMEOUT_MS)
    await prepareAudit(browser)
  }, START_TIMEOUT_MS)
  afterAll(async () => {
    await browser?.close()
    await systems?.end()
  }, START_TIMEOUT_MS)
  return {
    get systems() {
      return started(systems)
    },
    get client() {
      return started(systems).client
    },
    get browser() {
      return started(browser)
    },
    open: (address = "/") => openPage(started(browser), `${started(systems).client.url}${address}`),
  }
}

function started<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new Error("The console is there in tests, not before them.")
  return part
}

export async function openPage(browser: BrowserContext, url: string): Promise<Page> {
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on("pageerror", (error) => complaints.push(error.message))
  page.on("console", (message) => {
    // An answer from 400 up is logged by the browser itself; the page shows what it makes of it.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      complaints.push(message.text())
  })
  onTestFinished(async () => {
    await page.close()
    expect(complaints).toEqual([])
  })
  await page.goto(url)
  return page
}
