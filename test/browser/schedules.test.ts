// Schedules in the console: made by the form, shown with their next time, paused, resumed, run, changed and deleted.

import { expect, test } from "vitest"
import { expectAccessible, expectFitsPhone } from "./support/accessible.ts"
import { expectStatus } from "./support/forms.ts"
import { givenConsole, noBrowser } from "./support/given-console.ts"

const given = givenConsole()

async function schedule() {
  return (await given.client.get("/v1/schedules/nightly")).body
}

test.skipIf(noBrowser)("a schedule's whole life", async () => {
  const page = await given.open("/?view=schedules")
  await page.getByRole("button", { name: "New schedule" }).click()
  const form = page.getByRole("form", { name: "New schedule" })
  await expect.poll(() => page.evaluate("document.activeElement.name")).toBe("name")
  await form.getByLabel("Name").fill("nightly")
  await form.getByLabel("Workflow").selectOption("orderLifecycle")
  await form.getByLabel("Cron").fill("never")
  await form.getByLabel("Time zone").fill("Europe/Berlin")
  await form.getByLabel("Tags").fill("team=blue")
  await form.getByRole("button", { name: "Make it" }).click()
  await form.getByText("cron").last().waitFor()
  expect(await form.getByRole("alert").last().textContent()).not.toContain("..")
  await expectAccessible(page)
  await form.getByLabel("Cron").fill("30 2 1 * *")
  await form.getByRole("button", { name: "Make it" }).click()
  const row = page.getByRole("row").filter({ hasText: "nightly" })
  await row.getByText("30 2 1 * *").waitFor()
  await row.getByText("Europe/Berlin").waitFor()
  expect(await schedule()).toMatchObject({
    workflow: "orderLifecycle",
    input: [{ path: "deliver" }],
    tags: { team: "blue" },
  })
  await row.getByText("then 4 more").click()
  expect(await row.locator(".later time").count()).toBe(4)
  expect(await row.locator("time").first().getAttribute("title")).toContain("UTC")
  await expectAccessible(page)
  await expectFitsPhone(page)

  await page.getByRole("button", { name: "Pause nightly" }).click()
  await page.getByLabel("Reason (optional)").fill("stocktaking")
  await page.getByRole("button", { name: "Pause it" }).click()
  await row.getByText("stocktaking, by development server").waitFor()
  expect(await schedule()).toMatchObject({ paused: true, pausedReason: "stocktaking" })
  await page.getByRole("button", { name: "Resume nightly" }).click()
  await page.getByRole("button", { name: "Pause nightly" }).waitFor()
  expect(await schedule()).toMatchObject({ paused: false })

  await page.getByRole("button", { name: "Change nightly" }).click()
  const change = page.getByRole("form", { name: "Change nightly" })
  await change.getByLabel("Cron").fill("0 4 * * *")
  await change.getByRole("button", { name: "Change it" }).click()
  await row.getByText("0 4 * * *").waitFor()
  expect(await schedule()).toMatchObject({ timeZone: "Europe/Berlin", tags: { team: "blue" } })

  await page.getByRole("button", { name: "Run now: nightly" }).click()
  await expectStatus(page, "completed")
  await page.goBack()
  await row.getByText("1 started").waitFor()
  await page.getByRole("button", { name: "Delete nightly" }).click()
  await page.getByRole("button", { name: "Delete it" }).click()
  await page.getByText("No schedule begins runs here yet.").waitFor()
  expect((await given.client.get("/v1/schedules/nightly")).status).toBe(404)
})
