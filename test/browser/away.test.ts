// The server is away for a while: every view says so, and goes on by itself once there is an answer.

import { expect, test, vi } from "vitest"
import type { Page } from "playwright-core"
import { givenConsole, noBrowser } from "./support/given-console.ts"

const given = givenConsole()

const API = /\/(?:v1|healthz|ledger)\b/

/** The page at an address, opened while nothing answers it; `back` lets the answers through again. */
async function openAway(address: string): Promise<{ page: Page; back: () => Promise<void> }> {
  const page = await given.open("/openapi.json")
  await page.route(API, (route) => route.abort())
  await page.goto(`${given.client.url}${address}`)
  await page.getByText("It is asked again in a moment.").first().waitFor()
  return { page, back: () => page.unroute(API) }
}

test.skipIf(noBrowser).each([
  ["/", "There are no runs yet."],
  ["/?view=start", "Start the run"],
  ["/?view=inbox", "No run waits for a person."],
  ["/?view=schedules", "No schedule begins runs here yet."],
  ["/?view=ledger", "There are none yet."],
  ["/?run=of-nobody", "There is no such thing."],
])("%s that was opened while the server was away comes by itself", async (address, text) => {
  const { page, back } = await openAway(address)
  await back()
  await page.getByText(text).first().waitFor()
  await vi.waitFor(async () => expect(await page.getByText("No answer.").count()).toBe(0), {
    timeout: 10_000,
  })
})

test.skipIf(noBrowser)("an id that no path can have is refused in plain words", async () => {
  const page = await given.open("/?run=..")
  const alert = page.getByRole("alert")
  await expect.poll(() => alert.textContent()).toContain('".." cannot be an id')
})

test.skipIf(noBrowser)("a form that is there is not drawn anew over what was typed", async () => {
  const { page, back } = await openAway("/?view=start&workflow=orderLifecycle")
  await back()
  await page.getByRole("button", { name: "Try again" }).click()
  const id = page.getByLabel("Run id")
  await id.fill("mine")
  await page.waitForTimeout(3_000)
  expect(await id.inputValue()).toBe("mine")
})
