// The journal of a run in a browser: the same rows as a table, and what can be read in them can be clicked.

import { expect, test } from "vitest"
import { expectAccessible, expectFitsPhone } from "./support/accessible.ts"
import { noBrowser } from "./support/given-console.ts"
import { givenRuns } from "./support/given-runs.ts"

const given = givenRuns()

const CLOCK = String.raw`\d{2}:\d{2}:\d{2}\.\d{3}`

test.skipIf(noBrowser)(
  "the journal has headings, and each entry its kind, state, attempts, times to the millisecond and value",
  async () => {
    await given.runtime.run("table", "order", "tent")
    const page = await given.open("table")
    await page.getByRole("treeitem", { name: /^signal confirm at 5\.0/ }).waitFor()
    await page.getByRole("button", { name: "Journal" }).click()
    expect(await page.locator(".journal-head span").allTextContents()).toEqual([
      "Entry",
      "Kind",
      "State",
      "Attempts",
      "Began",
      "Settled",
      "Took",
      "Value",
    ])
    const charge = page.locator('[data-key="2"]')
    expect(await charge.locator(".cell-kind").innerText()).toBe("step")
    expect(await charge.locator(".cell-state").innerText()).toBe("completed")
    expect(await charge.locator(".cell-attempts").innerText()).toBe("3")
    expect(await charge.locator(".cell-began").innerText()).toMatch(new RegExp(`^${CLOCK}$`))
    expect(await charge.locator(".cell-settled").innerText()).toMatch(new RegExp(`^${CLOCK}$`))
    expect(await charge.locator(".row-value").innerText()).toBe('{"charged":4200}')
    await expectAccessible(page)
    await expectFitsPhone(page)
    await page.setViewportSize({ width: 360, height: 740 })
    expect(await charge.innerText()).toMatch(/charge.*step.*completed.*3.*charged/s)
  },
)

test.skipIf(noBrowser)("what can be read in a row can be clicked, and is its name", async () => {
  await given.runtime.run("read", "order", "tent")
  const page = await given.open("read")
  await page.getByRole("treeitem", { name: /^signal confirm at 5\.0/ }).waitFor()
  const names = await page.evaluate<string[]>(
    `[...document.querySelectorAll(".rows .row")].map((row) =>
      [...row.querySelectorAll(".title, .unseen")].map((part) => part.textContent).join(" ").trim())`,
  )
  expect(names.map((name) => name.split(" at ")[0])).toEqual([
    "publish order",
    "step reserve",
    "step charge",
    "sleep",
    "publish order",
    "race",
    "signal confirm",
    "sleep",
  ])
  await page.getByRole("tree").getByText("charge").click()
  await page.getByRole("region", { name: "Entry charge" }).waitFor()
})
