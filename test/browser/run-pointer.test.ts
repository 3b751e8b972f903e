// The view of a run in a browser, with a mouse: what is clicked first is what opens, and the words of a row can be clicked.

import type { Locator, Page } from "playwright-core"
import { expect, test } from "vitest"
import { noBrowser } from "./support/given-console.ts"
import { givenRuns } from "./support/given-runs.ts"

const given = givenRuns()

const WHILE_IT_WORKS = { timeout: 20_000 }

/** Longer than the timeline leaves between two drawings of a run that goes on. */
const HELD_MS = 700

/** What is shown above the timeline stands still from then on. */
async function comesTo(id: string, run: object): Promise<void> {
  await expect
    .poll(async () => (await given.runtime.client.get(`/v1/runs/${id}`)).body, WHILE_IT_WORKS)
    .toMatchObject(run)
}

/** Where it is, once nothing above it moves it any more. */
async function standing(page: Page, target: Locator) {
  for (let before: number | undefined; ;) {
    const box = await target.boundingBox()
    if (box === null) throw new Error("There is nothing to click.")
    if (box.y === before) return box
    before = box.y
    await page.waitForTimeout(200)
  }
}

/** Where a hand would click: in the middle, with nothing awaited and nothing tried again. */
async function pressMiddle(page: Page, target: Locator, heldMs: number): Promise<void> {
  const box = await standing(page, target)
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await page.mouse.down()
  await page.waitForTimeout(heldMs)
  await page.mouse.up()
}

async function expectOpened(page: Page, title: string): Promise<void> {
  const heading = page.locator(".entry-panel h2")
  await expect.poll(() => heading.allTextContents()).toEqual([title])
}

test.skipIf(noBrowser)("the first click on a bar of a fresh page opens its entry", async () => {
  await given.runtime.run("first-click", "order", "tent")
  await comesTo("first-click", {
    status: "suspended",
    waitingFor: [{ path: "5.0" }, { path: "5.1" }],
  })
  const page = await given.open("first-click")
  await page.getByRole("treeitem", { name: /^signal confirm/ }).waitFor()
  await pressMiddle(page, page.locator('[data-key="2"] .seg.pause').first(), 0)
  await expectOpened(page, "charge")
})

test.skipIf(noBrowser)("a bar that grows while the button is held is clicked too", async () => {
  await given.runtime.run("held", "slowly")
  const page = await given.open("held")
  await page.getByRole("treeitem", { name: /^step paint at 2, started/ }).waitFor()
  await pressMiddle(page, page.locator('[data-key="2"] .seg.attempt'), HELD_MS)
  await expectOpened(page, "paint")
})

test.skipIf(noBrowser)(
  "a click far down a long run opens what is there, and the page does not jump to its first row",
  async () => {
    await given.runtime.run("far", "many", 300)
    await comesTo("far", { status: "completed" })
    const page = await given.open("far")
    await page.getByText("300 entries").waitFor()
    await page.evaluate("document.querySelector('.scroller').scrollTop = 6000")
    await pressMiddle(page, page.locator('[data-key="205"]'), 0)
    await page.getByRole("treeitem", { name: /at 205,/, selected: true }).waitFor()
    await expectOpened(page, "count")
  },
)

test.skipIf(noBrowser)(
  "a button, and a link of the head, are clicked also when the run changes while they are held",
  async () => {
    await given.runtime.run("changing-under", "conversation")
    const page = await given.open("changing-under")
    await page.getByText("waiting for update ask").waitFor()
    const changes = async () => {
      await page.waitForTimeout(100)
      await given.runtime.client.post("/v1/runs/changing-under/updates/ask", "hello")
    }
    await Promise.all([
      pressMiddle(page, page.getByRole("button", { name: "Pause…" }), 2 * HELD_MS),
      changes(),
    ])
    await page.getByRole("dialog").getByRole("button", { name: "Keep things as they are" }).click()
    const link = page.locator(".run-facts").getByRole("link", { name: "conversation" })
    await Promise.all([pressMiddle(page, link, 2 * HELD_MS), changes()])
    await expect.poll(() => page.url()).toContain("workflow=conversation")
  },
)
