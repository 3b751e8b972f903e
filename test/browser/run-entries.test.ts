// The view of a run in a browser: its entries, what may be done from one of them, and very many of them.

import type { Page } from "playwright-core"
import { expect, test } from "vitest"
import { expectAccessible, expectFitsPhone } from "./support/accessible.ts"
import { noBrowser } from "./support/given-console.ts"
import { givenRuns } from "./support/given-runs.ts"

const given = givenRuns()

/** Between two frames while a long run is scrolled: at 60 a second it is 17 ms; a small machine draws in software. */
const FRAME_MS_MEDIAN_MAX = 50

/** In the page: scrolls for 240 frames; how long each took, in ms. */
const FRAMES_WHILE_SCROLLING = `new Promise((resolve) => {
  const scroller = document.querySelector(".scroller")
  const times = []
  let last = performance.now()
  const step = () => {
    const now = performance.now()
    times.push(now - last)
    last = now
    scroller.scrollTop += 600
    if (times.length < 240) requestAnimationFrame(step)
    else resolve(times.slice(1))
  }
  requestAnimationFrame(step)
})`

const WHILE_IT_WORKS = { timeout: 20_000 }

async function statusOf(page: Page): Promise<string> {
  return (await page.locator(".run-status").textContent()) ?? ""
}

test.skipIf(noBrowser)(
  "by keyboard: along the tree, Enter opens an entry, which has an address, Escape comes back",
  async () => {
    await given.runtime.run("keys", "order", "tent")
    const page = await given.open("keys")
    await page.getByRole("treeitem", { name: /^signal confirm/ }).waitFor()
    expect(await page.locator(".run-facts").textContent()).toMatch(/Rows\d+ written, \d+ read/)
    const tree = page.getByRole("tree")
    await tree.focus()
    await page.keyboard.press("Home")
    for (let n = 0; n < 2; n++) await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    const panel = page.getByRole("region", { name: "Entry charge" })
    await panel.getByText(/^attempt 1 failed after/).waitFor()
    await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("charge")
    expect(new URL(page.url()).searchParams.get("entry")).toBe("2")
    await expectAccessible(page)
    await expectFitsPhone(page)
    await page.keyboard.press("Escape")
    expect(await panel.count()).toBe(0)
    await expect
      .poll(() => page.evaluate("document.activeElement.getAttribute('role')"))
      .toBe("tree")
    await page.keyboard.press("End")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowLeft")
    expect(await page.getByRole("treeitem", { name: /^signal confirm/ }).count()).toBe(0)
    await page.keyboard.press("ArrowRight")
    await page.getByRole("treeitem", { name: /^signal confirm/ }).waitFor()
  },
)

test.skipIf(noBrowser)(
  "a link leads to an entry; fork from there makes another run that goes on by itself",
  async () => {
    await given.runtime.run("origin", "order", "tent")
    await given.runtime.client.post("/v1/runs/origin/signals/confirm", 1)
    await expect
      .poll(async () => (await given.runtime.client.get("/v1/runs/origin")).body, WHILE_IT_WORKS)
      .toMatchObject({ status: "completed" })
    const page = await given.open("origin", "&entry=6")
    const panel = page.getByRole("region", { name: "Entry ship" })
    await panel.getByRole("button", { name: "Fork from here…" }).click()
    await page.getByRole("dialog").getByLabel("Id of the new run").fill("copy")
    await page.getByRole("dialog").getByRole("button", { name: "Fork" }).click()
    await expect
      .poll(() => page.getByRole("heading", { level: 1 }).textContent(), WHILE_IT_WORKS)
      .toBe("copy")
    await expect.poll(() => statusOf(page), WHILE_IT_WORKS).toBe("completed")
    expect(await page.locator(".story").textContent()).toContain("Forked")
  },
)

test.skipIf(noBrowser)(
  "a failed run shows its error with code, details and cause; a step is skipped with a value",
  async () => {
    await given.runtime.run("crown", "failing")
    const page = await given.open("crown")
    const error = page.locator(".value-panel", { hasText: "card_refused" })
    expect(await error.textContent()).toMatch(
      /the card refuses 99900 cents.*limit.*1000.*Caused by.*limit/s,
    )
    await expectAccessible(page)
    await page.getByRole("treeitem", { name: /^step refuse at 1, failed/ }).click()
    await page.getByRole("button", { name: "Skip with a value…" }).click()
    await page.getByRole("dialog").getByLabel("Value").fill('"paid by hand"')
    await page.getByRole("dialog").getByLabel("Reason").fill("cash")
    await page.getByRole("dialog").getByRole("button", { name: "Skip with this value" }).click()
    await page.getByText("It goes on with this value.").waitFor()
    await expect.poll(() => statusOf(page), WHILE_IT_WORKS).toBe("completed")
    expect(await page.locator(".story").textContent()).toContain(
      "Given a value in place of a step at 1 by development server: cash.",
    )
  },
)

test.skipIf(noBrowser)(
  "a divergence is shown side by side, and the run goes on once code is there that fits",
  async () => {
    await given.runtime.run("moved", "changing")
    await expect
      .poll(async () => (await given.runtime.client.get("/v1/runs/moved")).body, WHILE_IT_WORKS)
      .toMatchObject({ status: "suspended" })
    await given.runtime.redeploy({ CODE: "other" })
    await given.runtime.client.post("/v1/runs/moved/signals/go")
    const page = await given.open("moved")
    await expect.poll(() => statusOf(page), WHILE_IT_WORKS).toBe("halted")
    const halt = page.getByRole("region", { name: "Why it stands still" })
    expect(await page.locator(".axis .flag-halt").textContent()).toBe("halted")
    expect(await page.locator(".story .halt").textContent()).toContain("(divergence)")
    expect(await halt.locator(".expected").textContent()).toContain("charge")
    expect(await halt.locator(".found").textContent()).toContain("ship")
    await expectAccessible(page)
    await expectFitsPhone(page)
    await page.goto(`${given.runtime.client.url}/?view=inbox`)
    await page.getByRole("columnheader", { name: "found: the code now" }).waitFor()
    await expectFitsPhone(page)
    await page.goBack()
    await given.runtime.redeploy()
    await page.getByRole("button", { name: "Retry…" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Retry" }).click()
    await expect.poll(() => statusOf(page), WHILE_IT_WORKS).toBe("completed")
    await expect.poll(() => page.locator(".bands .halt").count(), WHILE_IT_WORKS).toBe(0)
  },
)

test.skipIf(noBrowser)("children are a tree that is opened level by level", async () => {
  await given.runtime.run("tree", "parent", 2)
  const page = await given.open("tree")
  await page.getByText("Runs it has started").click()
  const links = page.locator(".child-list a")
  await expect.poll(() => links.count(), WHILE_IT_WORKS).toBe(2)
  await page.locator(".child-list .fold").first().click()
  await expect.poll(() => links.count(), WHILE_IT_WORKS).toBe(4)
  await expectAccessible(page)
  const child = (await links.first().textContent()) ?? ""
  await links.first().click()
  await expect
    .poll(() => page.getByRole("heading", { level: 1 }).textContent(), WHILE_IT_WORKS)
    .toBe(child)
  await page.getByRole("link", { name: "tree", exact: true }).click()
  await expect
    .poll(() => page.getByRole("heading", { level: 1 }).textContent(), WHILE_IT_WORKS)
    .toBe("tree")
})

test.skipIf(noBrowser)(
  "a value that is too long to be kept is read when somebody wants it",
  async () => {
    await given.runtime.run("bulky", "bulky")
    const page = await given.open("bulky")
    await page.getByRole("treeitem", { name: /^step book/ }).click()
    const panel = page.getByRole("region", { name: "Entry book" })
    await panel.getByRole("button", { name: /^Show it, about 100 kB/ }).click()
    await panel.locator("summary").click()
    await panel.getByText("pages").waitFor()
    await panel.getByText(/^"zzz/).waitFor()
    await page.getByRole("treeitem", { name: /^step library/ }).click()
    const other = page.getByRole("region", { name: "Entry library" })
    await other.getByRole("button", { name: /^Show it, more than 262 kB/ }).click()
    await other.locator("summary").click()
    await other.getByText("rooms").waitFor()
    await other.getByText(/^"yyy/).waitFor()
    await page.getByRole("button", { name: "Journal" }).click()
    expect(await page.locator(".row-value").allTextContents()).toEqual([
      "a long value; open to see it",
      "a long value; open to see it",
      "1",
    ])
  },
)

test.skipIf(noBrowser)("a run is exported as a file", async () => {
  await given.runtime.run("file/1", "promised")
  const page = await given.open("file/1")
  const downloading = page.waitForEvent("download")
  await page.getByRole("button", { name: "Export" }).click()
  const download = await downloading
  expect(download.suggestedFilename()).toBe("file-1.jsonl")
  let text = ""
  for await (const chunk of await download.createReadStream()) text += String(chunk)
  expect(text.trimEnd().split("\n").at(-1)).toContain('"type":"end"')
})

test.skipIf(noBrowser)(
  "10,000 entries scroll smoothly, and few of them are on the page",
  async () => {
    await given.runtime.run("many", "many", 10_000)
    const page = await given.open("many")
    await page.getByText("10,000 entries").waitFor()
    const frames = await page.evaluate<number[]>(FRAMES_WHILE_SCROLLING)
    const sorted = frames.toSorted((one, other) => one - other)
    const [median = 0, slowest = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
    console.log(
      `10,000 entries: a frame takes ${median.toFixed(1)} ms, at most ${slowest.toFixed(1)}`,
    )
    expect(median).toBeLessThan(FRAME_MS_MEDIAN_MAX)
    expect(await page.getByRole("treeitem").count()).toBeLessThan(100)
    await page.getByRole("tree").focus()
    await page.keyboard.press("End")
    await page.getByRole("treeitem", { name: /at 9999,/ }).waitFor()
    await page.getByRole("button", { name: "Journal" }).click()
    expect(await page.locator(".row-value").last().textContent()).toBe("9999")
    await expectAccessible(page)
  },
)
