// A server on which nothing has happened yet: every view says what one can do.

import { expect, test } from "vitest"
import { expectAccessible, expectFitsPhone } from "./support/accessible.ts"
import { givenConsole, noBrowser } from "./support/given-console.ts"

const given = givenConsole()

test.skipIf(noBrowser).each([
  ["/", "There are no runs yet."],
  ["/?view=inbox", "No run waits for a person."],
  ["/?view=schedules", "No schedule begins runs here yet."],
  ["/?view=ledger", "There are none yet."],
  ["/?run=nobody", 'There is no run "nobody"'],
])("%s says: %s", async (address, words) => {
  const page = await given.open(address)
  await page.getByText(words).first().waitFor()
  await expectAccessible(page)
  await expectFitsPhone(page)
})

test.skipIf(noBrowser)(
  "the empty list leads to the start form and shows a line for a terminal",
  async () => {
    const page = await given.open()
    await page.getByText(`curl -X POST ${given.client.url}/v1/runs/my-first-run`).waitFor()
    await page.getByRole("link", { name: "Start one here" }).click()
    await expect
      .poll(() => page.getByRole("heading", { level: 1 }).textContent())
      .toBe("Start a run")
  },
)

test.skipIf(noBrowser)("a server that does not answer is said, and what can be done", async () => {
  const page = await given.open("/?view=schedules")
  await page.getByText("No schedule begins runs here yet.").waitFor()
  await page.route("**/v1/**", (route) => route.abort())
  await page.getByRole("link", { name: "Runs", exact: true }).click()
  await page.getByText("The server does not answer.").waitFor()
  await expectAccessible(page)
  await page.unroute("**/v1/**")
  await page.getByRole("button", { name: "Try again" }).click()
  await page.getByText("There are no runs yet.").waitFor()
})
