// Shots: which pictures of the console there are, and how one is taken.
// Owns: addresses, sizes, colours. Must not touch: what the server has to show.

import type { BrowserContext, Page } from "playwright-core"
import type { JsonClient } from "../support/json-client.ts"
import { smallPng } from "./small-png.ts"
import { BEAR, CANVAS, MOVED } from "./seed-looks.ts"
import { COMPENSATED_RUN, CRASHED_RUN, HALTED_RUN, LEDGER_RUN, WAITING_RUN } from "./seed-runs.ts"

interface Shot {
  /** Of the file, without its ending. */
  readonly name: string
  readonly address: string
  /** Of the Worker with workflows made to be looked at; of the systems otherwise. */
  readonly isOfLooks?: boolean
  readonly isDark?: boolean
  readonly isPhone?: boolean
  /** What is done before the picture is taken. */
  readonly prepare?: (page: Page) => Promise<void>
}

const WIDE = { width: 1280, height: 800 }
const PHONE = { width: 360, height: 740 }

/** The page has asked for all it shows, and what moves has come to rest. */
const SETTLE_MS = 1_500

export const SHOTS: readonly Shot[] = [
  { name: "runs", address: "/" },
  { name: "runs-dark", address: "/?status=suspended&status=halted", isDark: true },
  { name: "runs-phone", address: "/", isPhone: true },
  { name: "run", address: addressOf(CRASHED_RUN) },
  { name: "run-saga", address: addressOf(COMPENSATED_RUN) },
  { name: "run-crashed", address: `${addressOf(CANVAS)}&entry=2`, isOfLooks: true },
  { name: "run-divergence", address: addressOf(MOVED), isOfLooks: true },
  { name: "run-asleep-dark", address: addressOf(BEAR), isOfLooks: true, isDark: true },
  { name: "run-waiting-dark", address: addressOf(WAITING_RUN), isDark: true },
  { name: "run-halted", address: addressOf(HALTED_RUN) },
  { name: "run-phone", address: addressOf(CRASHED_RUN), isPhone: true },
  { name: "inbox", address: "/?view=inbox" },
  {
    name: "bulk",
    address: "/?workflow=userSession",
    prepare: async (page) => {
      await page.getByLabel("Choose all on this page").check()
      await page.getByRole("button", { name: /^Cancel/ }).click()
    },
  },
  { name: "start", address: "/?view=start&workflow=processOrder" },
  { name: "schedules", address: "/?view=schedules" },
  { name: "ledger", address: `/?view=ledger&of=${LEDGER_RUN}` },
]

export async function takeShot(
  browser: BrowserContext,
  client: JsonClient,
  { address, isDark, isPhone, prepare }: Shot,
): Promise<Buffer> {
  const page = await browser.newPage()
  await page.setViewportSize(isPhone === true ? PHONE : WIDE)
  await page.emulateMedia({ colorScheme: isDark === true ? "dark" : "light" })
  await page.goto(client.url + address)
  await page.waitForTimeout(SETTLE_MS)
  await prepare?.(page)
  const png = await page.screenshot({ animations: "disabled" })
  await page.close()
  return smallPng(png)
}

function addressOf(runId: string): string {
  return `/?run=${encodeURIComponent(runId)}`
}
