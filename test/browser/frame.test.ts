// The console's frame in a browser: the first paint, going from view to view, and that everybody can use it.

import { expect, test } from "vitest"
import { expectAccessible, expectFitsPhone } from "./support/accessible.ts"
import { givenConsole, noBrowser } from "./support/given-console.ts"

/** From the request of a browser that has nothing of the page to the first paint. */
const FIRST_PAINT_MS_MAX = 1_000

const FIRST_PAINT = `new Promise((resolve) => new PerformanceObserver((list) =>
  resolve(list.getEntries()[0].startTime)).observe({ type: "paint", buffered: true }))`

const given = givenConsole()

test.skipIf(noBrowser)(
  "the first screen is drawn within a second by a server that was never asked, and asks nobody else for anything",
  async () => {
    const page = await given.open()
    expect(await page.evaluate<number>(FIRST_PAINT)).toBeLessThan(FIRST_PAINT_MS_MAX)
    const asked = new Set<string>()
    page.on("request", (request) => asked.add(new URL(request.url()).origin))
    await page.reload()
    await page.getByText("There are no runs yet.").waitFor()
    expect([...asked].filter((origin) => origin !== "null")).toEqual([given.client.url])
  },
)

test.skipIf(noBrowser)(
  "a run has an address; back leads to where one was, and the heading has the focus",
  async () => {
    await given.client.put("/accounts/0e4c1d52-6f0a-4f57-9d4e-3b1f5a7c9e21")
    const id = "create-account-0e4c1d52-6f0a-4f57-9d4e-3b1f5a7c9e21"
    const page = await given.open()
    await page.getByLabel("Run id").fill(id)
    await page.getByLabel("Run id").press("Enter")
    const heading = page.getByRole("heading", { level: 1 })
    await expect.poll(() => heading.textContent()).toBe(id)
    expect(new URL(page.url()).searchParams.get("run")).toBe(id)
    expect(await page.title()).toBe(`${id} · Belay`)
    await expect.poll(() => page.evaluate("document.activeElement.id")).toBe("heading")
    await page.getByText("insertReference").first().waitFor()
    await expectAccessible(page)
    await page.goBack()
    await expect.poll(() => heading.textContent()).toBe("Runs")
    await expectAccessible(page)
    await expectFitsPhone(page)
  },
)

test.skipIf(noBrowser)("what looks like markup is text, wherever it stands", async () => {
  const id = '<img src=x onerror="alert(1)"> & <b>bold</b>'
  await given.client.post(`/v1/runs/${encodeURIComponent(id)}`, {
    workflow: "orderLifecycle",
    input: [{ orderId: "<script>alert(2)</script>", path: "deliver" }],
    tags: { "<i>": "</i>" },
  })
  const page = await given.open(`/?run=${encodeURIComponent(id)}`)
  await expect.poll(() => page.getByRole("heading", { level: 1 }).textContent()).toBe(id)
  await page.getByText("<script>alert(2)</script>").first().waitFor()
  await page.getByRole("link", { name: "Runs", exact: true }).click()
  await page.getByRole("link", { name: id }).waitFor()
  await page.getByText("<i>:</i>").waitFor()
  expect(await page.locator("main :is(img, b, i:not(.skeleton *))").count()).toBe(0)
})

test.skipIf(noBrowser)(
  "the skip link leads past the navigation, and what was typed stays",
  async () => {
    const page = await given.open("/?view=start")
    await page.getByLabel("Run id").fill("half typed")
    const skip = page.getByRole("link", { name: "Skip to the content" })
    await skip.focus()
    await skip.press("Enter")
    await expect.poll(() => page.evaluate("document.activeElement.id")).toBe("heading")
    expect(await page.getByLabel("Run id").inputValue()).toBe("half typed")
  },
)
