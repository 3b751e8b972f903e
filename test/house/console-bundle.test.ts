// The console's committed bundle is what its sources say, and small enough for a first screen.

import { readFileSync } from "node:fs"
import { Script } from "node:vm"
import { gzipSync } from "node:zlib"
import { expect, test } from "vitest"
import { bundleConsole, BUNDLE_FILE } from "../../scripts/console/bundle-console.ts"
import { SCRIPT, STYLE } from "../../src/console/bundle.ts"
import { frameHtml } from "../../src/console/frame.ts"
import { placeOf } from "../../src/console/place.ts"

/** The promise is 100 kB; this is where we would begin to ask what has become so large. */
const FIRST_SCREEN_BYTES_MAX = 55_000

test("the committed bundle is current; if not, run npm run console", async () => {
  expect(readFileSync(BUNDLE_FILE, "utf8")).toBe(await bundleConsole())
})

test("the first screen is small: page, script and style in one answer", () => {
  const page = frameHtml(placeOf(new URLSearchParams()), {
    nonce: crypto.randomUUID(),
    script: SCRIPT,
    style: STYLE,
  })
  expect(gzipSync(page).length).toBeLessThan(FIRST_SCREEN_BYTES_MAX)
})

test("the script is JavaScript, stands in a page without ending it, and makes no markup from text", () => {
  expect(() => new Script(SCRIPT)).not.toThrow()
  expect(SCRIPT + STYLE).not.toMatch(/<\/(script|style)/i)
  expect(SCRIPT).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write/)
})
