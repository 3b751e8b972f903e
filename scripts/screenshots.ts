// Screenshots: pictures of every view of the console, as the README shows them. npm run screenshots
// Starts a Worker, a relay and a browser of its own, does some work on them, and writes docs/img/*.png anew.
// Ends with 1, saying why, when there is no browser or a picture has become too large.

import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { RunsRuntime } from "./screenshots/runs-runtime.ts"
import { seedLooks } from "./screenshots/seed-looks.ts"
import { seedRuns } from "./screenshots/seed-runs.ts"
import { SHOTS, takeShot } from "./screenshots/shots.ts"
import { startChromium } from "./support/chromium.ts"
import { SystemsRuntime } from "./support/systems-runtime.ts"

const FOLDER = fileURLToPath(new URL("../docs/img", import.meta.url))

/** Pictures stand in the repository for ever. */
const BYTES_MAX = 150_000

async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true })
  const systems = await SystemsRuntime.start()
  const looks = await RunsRuntime.start()
  try {
    const browser = await startChromium({ locale: "en-GB", timezoneId: "Europe/Berlin" })
    try {
      console.log("Seeding …")
      await Promise.all([seedRuns(systems.client), seedLooks(looks)])
      for (const shot of SHOTS) {
        const name = `${shot.name}.png`
        const png = await takeShot(
          browser,
          shot.isOfLooks === true ? looks.client : systems.client,
          shot,
        )
        if (png.length > BYTES_MAX) {
          throw new Error(`${name} would have ${png.length} bytes, more than ${BYTES_MAX}.`)
        }
        writeFileSync(join(FOLDER, name), png)
        console.log(`docs/img/${name}  ${png.length} bytes`)
      }
    } finally {
      await browser.close()
    }
  } finally {
    await Promise.all([systems.end(), looks.end()])
  }
}

await main()
