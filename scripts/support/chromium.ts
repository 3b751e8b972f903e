// Chromium: a headless browser of this machine, for tests and screenshots.
// Owns: where it is looked for and how it is started. Must not touch: pages.
//   B1. Its profile is an empty folder that goes with it; it asks nothing of the internet.

import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chromium, type BrowserContext } from "playwright-core"

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
]

/** The browser's program, `undefined` where there is none. BELAY_CHROMIUM names another one. */
export const chromiumProgram = [process.env["BELAY_CHROMIUM"] ?? "", ...PLACES].find(
  (place) => place !== "" && existsSync(place),
)

export const HOW_TO_GET_CHROMIUM =
  "install Chromium (Debian: apt-get install chromium), or name one in BELAY_CHROMIUM"

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
]

type Options = Pick<
  NonNullable<Parameters<typeof chromium.launchPersistentContext>[1]>,
  "viewport" | "colorScheme" | "deviceScaleFactor" | "locale" | "timezoneId" | "reducedMotion"
>

/** Its profile goes when it is closed. @throws Error without a Chromium */
export async function startChromium(options: Options = {}): Promise<BrowserContext> {
  if (chromiumProgram === undefined) {
    throw new Error(`There is no Chromium on this machine: ${HOW_TO_GET_CHROMIUM}.`)
  }
  const folder = mkdtempSync(join(tmpdir(), "belay-browser-"))
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: chromiumProgram,
    headless: true,
    args: ARGUMENTS,
    ...options,
  })
  context.once("close", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return context
}
