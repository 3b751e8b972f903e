// The view of a run in a browser, while the run goes on: its timeline grows, it is talked to, it is crashed and comes back.

import type { Page } from "playwright-core"
import { expect, test } from "vitest"
import { expectAccessible, expectFitsPhone } from "./support/accessible.ts"
import { noBrowser } from "./support/given-console.ts"
import { givenRuns } from "./support/given-runs.ts"

const given = givenRuns()

const WHILE_IT_WORKS = { timeout: 20_000 }

/** The words of every row that is on the page. */
function rowsOf(page: Page): Promise<string[]> {
  return page.evaluate(
    `[...document.querySelectorAll(".rows .row")].map((row) =>
      [...row.querySelectorAll(".title, .unseen")].map((part) => part.textContent).join(" ").trim())`,
  )
}

async function statusOf(page: Page): Promise<string> {
  return (await page.locator(".run-status").textContent()) ?? ""
}

test.skipIf(noBrowser)(
  "a run is watched live: attempts, pauses, a sleep, a signal with a payload, and its end",
  async () => {
    await given.runtime.run("order/1", "order", "tent")
    const page = await given.open("order/1")
    await page.getByRole("button", { name: "Send signal confirm…" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByLabel("Payload").fill("{ not json")
    await dialog.getByRole("button", { name: "Send" }).click()
    expect(await dialog.getByRole("alert").textContent()).toContain("This is no JSON")
    await dialog.getByLabel("Payload").fill('{ "by": "ada" }')
    await dialog.getByRole("button", { name: "Send" }).click()
    await page.getByText("Signal confirm is accepted.").waitFor()
    await expect.poll(() => statusOf(page), WHILE_IT_WORKS).toBe("completed")
    const rows = await rowsOf(page)
    expect(rows).toHaveLength(10)
    expect(rows[2]).toMatch(/^step charge at 2, completed, 3 attempts, .* attempt 1 failed after /)
    expect(rows[2]).toContain("the bank did not answer, 4200 cents")
    expect(rows[6]).toMatch(/^signal confirm at 5\.0, completed/)
    expect(await page.locator(".rows .seg.attempt.s-failed").count()).toBe(2)
    expect(await page.locator(".rows .seg.pause").count()).toBe(2)
    await page.getByText('"tent is on its way"').first().waitFor()
    await page.getByText('"shipped"').first().waitFor()
    expect(await page.locator(".live").textContent()).toBe("ended")
    await expectAccessible(page)
    await expectFitsPhone(page)
  },
)

test.skipIf(noBrowser)(
  "crash it: the gap, the lost attempt, and the second one that goes well are seen as they come",
  async () => {
    await given.runtime.run("canvas", "slowly")
    const page = await given.open("canvas")
    await page.getByRole("treeitem", { name: /^step paint at 2, started/ }).waitFor()
    await page.getByRole("button", { name: "Crash it…" }).click()
    await page.getByRole("dialog").getByLabel("Reason").fill("to see it resume")
    await page.getByRole("dialog").getByRole("button", { name: "Crash it" }).click()
    await page.getByText("Crashed. It comes back by itself").waitFor()
    await page.locator(".bands .gap").waitFor({ state: "attached" })
    await expect.poll(() => statusOf(page), WHILE_IT_WORKS).toBe("completed")
    const rows = await rowsOf(page)
    expect(rows[2]).toMatch(
      /^step paint at 2, completed, 2 attempts, .* attempt 1 lost with its object after .*, attempt 2 completed/,
    )
    expect(await page.locator(".rows .seg.s-lost").count()).toBe(1)
    expect(await page.locator(".bands .gap").count()).toBe(1)
    expect(await page.locator(".story").textContent()).toMatch(
      /Crashed on purpose by development server: to see it resume\..*Its object was gone for .*3 entries were replayed/s,
    )
    await page.getByText('"painted in attempt 2"').first().waitFor()
    await expectAccessible(page)
  },
)

test.skipIf(noBrowser)(
  "crash a run that only waits: it is gone, and comes back by itself with its journal replayed",
  async () => {
    await given.runtime.run("idle", "promised")
    const page = await given.open("idle")
    await page.getByText("waiting for a promise to be settled").waitFor()
    await page.getByRole("button", { name: "Crash it…" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Crash it" }).click()
    await page.locator(".bands .gap").waitFor({ state: "attached" })
    await page.getByText(/^gone \d/).waitFor(WHILE_IT_WORKS)
    expect(await page.locator(".story").textContent()).toMatch(
      /Its object was gone for .*\. It came back by itself: 1 entry was replayed from the journal\.$/,
    )
    expect(await page.locator(".bands .gap").count()).toBe(1)
    expect(await page.locator(".bands .replay").count()).toBe(0)
    expect(await statusOf(page)).toBe("suspended")
  },
)

test.skipIf(noBrowser)("a promise is resolved, and the run goes on with the value", async () => {
  await given.runtime.run("letter", "promised")
  const page = await given.open("letter")
  await page.getByText("waiting for a promise to be settled").waitFor()
  await page.getByRole("button", { name: "Resolve promise at 0…" }).click()
  await page.getByRole("dialog").getByLabel("Value").fill("[1, 2]")
  await expectAccessible(page)
  await page.getByRole("dialog").getByRole("button", { name: "Resolve" }).click()
  await page.getByText("The promise is resolved.").waitFor()
  await expect.poll(() => statusOf(page), WHILE_IT_WORKS).toBe("completed")
  expect(await given.runtime.client.get("/v1/runs/letter")).toMatchObject({
    body: { result: { given: [1, 2] } },
  })
})

test.skipIf(noBrowser)("an update is answered, and a refusal is told", async () => {
  await given.runtime.run("talk", "conversation")
  const page = await given.open("talk")
  const send = async (value: string) => {
    await page.getByRole("button", { name: "Send update ask…" }).click()
    await page.getByRole("dialog").getByLabel("Payload").fill(value)
    await page.getByRole("dialog").getByRole("button", { name: "Send" }).click()
  }
  await send('"no"')
  await page.getByText("I would rather not").first().waitFor()
  await send('"hello"')
  const answer = page.getByRole("dialog", { name: "The answer to ask" })
  expect(await answer.textContent()).toContain('heard: "hello"')
  await answer.getByRole("button", { name: "Close" }).click()
  await page.getByRole("button", { name: "Pause…" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click()
  await expect.poll(() => statusOf(page), WHILE_IT_WORKS).toBe("paused")
  await page.getByRole("button", { name: "Resume…" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Resume" }).click()
  await expect.poll(() => statusOf(page), WHILE_IT_WORKS).toBe("suspended")
  await page.getByRole("button", { name: "Cancel…" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Cancel the run" }).click()
  await expect.poll(() => statusOf(page), WHILE_IT_WORKS).toBe("cancelled")
  await page.getByRole("button", { name: "Delete…" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click()
  await expect
    .poll(() => page.getByRole("heading", { level: 1 }).textContent(), WHILE_IT_WORKS)
    .toBe("Runs")
  expect((await given.runtime.client.get("/v1/runs/talk")).status).toBe(404)
})

test.skipIf(noBrowser)(
  "a connection that breaks is told, and the timeline goes on where it was",
  async () => {
    await given.runtime.run("broken", "order", "rope")
    const page = await given.open("broken")
    await page.getByRole("treeitem", { name: /^signal confirm/ }).waitFor()
    const told = page.getByText("no connection, trying again").waitFor()
    await given.runtime.redeploy()
    await told
    await expect.poll(() => page.locator(".live").textContent(), WHILE_IT_WORKS).toBe("live")
    await given.runtime.client.post("/v1/runs/broken/signals/confirm", 1)
    await expect.poll(() => statusOf(page), WHILE_IT_WORKS).toBe("completed")
    expect(await rowsOf(page)).toHaveLength(10)
  },
)

test.skipIf(noBrowser)(
  "while the server is away it is said plainly, nothing can be pressed, and it goes on by itself",
  async () => {
    await given.runtime.run("away", "promised")
    const page = await given.open("away")
    const cancel = page.getByRole("button", { name: "Cancel…" })
    await page.getByText("waiting for a promise to be settled").waitFor()
    await page.route("**/v1/**", (route) => route.abort())
    await given.runtime.redeploy()
    const line = page.getByRole("alert").filter({ hasText: "No connection." })
    await line.waitFor(WHILE_IT_WORKS)
    expect(await cancel.isDisabled()).toBe(true)
    await expectAccessible(page)
    await expectFitsPhone(page)
    await page.unroute("**/v1/**")
    await expect.poll(() => cancel.isDisabled(), WHILE_IT_WORKS).toBe(false)
    expect(await line.count()).toBe(0)
    await expect.poll(() => page.locator(".live").textContent(), WHILE_IT_WORKS).toBe("live")
  },
)

test.skipIf(noBrowser)(
  "a run that waits while its server is gone has lost nothing: that it was replayed is marked",
  async () => {
    await given.runtime.run("patient", "order", "rope")
    const page = await given.open("patient")
    await page.getByRole("treeitem", { name: /^signal confirm/ }).waitFor()
    expect(await page.locator(".bands .replay").count()).toBe(0)
    await given.runtime.redeploy()
    await given.runtime.client.post("/v1/runs/patient/signals/confirm", 1)
    await expect.poll(() => statusOf(page), WHILE_IT_WORKS).toBe("completed")
    await page.getByText(/Taken up from its journal: \d+ entries were replayed/).waitFor()
    expect(await page.locator(".bands .replay").count()).toBe(1)
    expect(await page.locator(".axis .flag-replay").textContent()).toBe("replay")
    expect(await page.locator(".bands .gap").count()).toBe(0)
    await page.getByText("Replayed", { exact: true }).waitFor()
    await expectAccessible(page)
  },
)
