// The start form: every system from its example, watched live to its end, and what is said about a bad input.

import { expect, test } from "vitest"
import { member } from "../../scripts/support/json-client.ts"
import { expectAccessible, expectFitsPhone } from "./support/accessible.ts"
import { expectStatus, startExample } from "./support/forms.ts"
import { givenConsole, noBrowser } from "./support/given-console.ts"

const given = givenConsole()

test.skipIf(noBrowser).each([
  ["createAccount", {}],
  ["transferMoney", { status: "committed" }],
  ["processOrder", { confirmationSent: true }],
  ["orderLifecycle", { finalState: "delivered" }],
  ["oneClickBuy", { state: "PURCHASE_CONFIRMED" }],
  ["userSession", { finalStatus: "cleaned_up" }],
  ["projectEvents", {}],
  ["ledgerTransfer", { status: "committed" }],
])(
  "%s is started from its example on a server that has nothing yet, and watched to its end",
  async (workflow, result) => {
    const page = await given.open(`/?view=start&workflow=${workflow}`)
    const id = await startExample(page)
    await expectStatus(page, "completed")
    const { body } = await given.client.get(`/v1/runs/${encodeURIComponent(id)}`)
    expect(body).toMatchObject({ workflow, status: "completed", result })
  },
)

test.skipIf(noBrowser)(
  "a bad input is said while it is typed, and a taken id leads to the run that has it",
  async () => {
    await given.client.post("/orders", {
      id: "taken",
      items: [{ sku: "widget-001", qty: 1, price: 5 }],
      customer: { id: "c", email: "c@example.com" },
    })
    const page = await given.open("/?view=start")
    await page.getByRole("navigation", { name: "Workflows" }).getByText("processOrder").click()
    const input = page.getByLabel("Input, the list of arguments as JSON")
    await input.fill("[1,")
    await page.getByText("This is not JSON").waitFor()
    await input.fill("{}")
    await page.getByText("put it in [ ]").waitFor()
    await page.getByRole("button", { name: "Start the run" }).click()
    await expect.poll(() => page.evaluate("document.activeElement.tagName")).toBe("TEXTAREA")
    await expectAccessible(page)
    await expectFitsPhone(page)

    await page.getByRole("button", { name: "The last input" }).click()
    await input.fill('[{"id": "other"}]')
    await input.press("Control+Enter")
    await page.getByText("items").waitFor()
    await page.getByRole("button", { name: "A fresh example" }).click()
    await expect.poll(() => page.getByLabel("Run id").inputValue()).toMatch(/^order\/o-/)
    await page.getByLabel("Run id").fill("order/taken")
    await page.getByRole("button", { name: "Start the run" }).click()
    await page.getByRole("link", { name: "open the run that has it" }).click()
    await expectStatus(page, "completed")
  },
)

test.skipIf(noBrowser)("tags, timeout and a later start go along", async () => {
  const page = await given.open("/?view=start&workflow=orderLifecycle")
  await page.getByText("Version, tags, timeout, later start").click()
  await page.getByLabel("Tags").fill("team=blue, shop=north")
  await page.getByLabel("Timeout, in seconds").fill("90")
  const local = `${new Date().getFullYear() + 1}-02-01T08:00`
  await page.getByLabel("Not before (your local time)").fill(local)
  const id = await startExample(page)
  await expectStatus(page, "suspended")
  const { body } = await given.client.get(`/v1/runs/${encodeURIComponent(id)}`)
  expect(body).toMatchObject({
    tags: { team: "blue", shop: "north" },
    waitingFor: [{ kind: "start" }],
  })
  const expected = await page.evaluate<string>(`new Date("${local}").toISOString()`)
  expect(member(body, "waitingFor", "0", "until")).toBe(expected)
})

test.skipIf(noBrowser)(
  "what the example needs is made first, unless another input is typed or nobody wants it",
  async () => {
    const page = await given.open("/?view=start&workflow=transferMoney")
    const first = page.getByLabel("Make that first")
    await expect.poll(() => first.isChecked()).toBe(true)
    await page.getByText("POST /balances/alice/deposits/").waitFor()
    await expectAccessible(page)
    await expectFitsPhone(page)
    const input = page.getByLabel("Input, the list of arguments as JSON")
    const example = await input.inputValue()
    await input.fill("[]")
    await expect.poll(() => first.isChecked()).toBe(false)
    await input.fill(example)
    await expect.poll(() => first.isChecked()).toBe(true)
    await first.uncheck()
    await input.fill(`${example} `)
    expect(await first.isChecked()).toBe(false)
    await input.fill(example.replace('"bob"', '"nobody-has-it"'))
    const id = await startExample(page)
    await expectStatus(page, "completed")
    const { body } = await given.client.get(`/v1/runs/${encodeURIComponent(id)}`)
    expect(body).toMatchObject({ result: { status: "rejected" } })
  },
)

test.skipIf(noBrowser)(
  "a step that hangs on purpose is crashed in its middle, from the page alone",
  async () => {
    const page = await given.open("/?view=start&workflow=processOrder")
    const fault = page.getByLabel("Fault on purpose")
    await fault.fill("charge payment")
    await page.getByRole("button", { name: "Start the run" }).click()
    await page.getByText('"charge payment" is no fault').waitFor()
    await expectAccessible(page)
    await fault.fill("no-such-step:*:throw, chargePayment:1:hang")
    await expectFitsPhone(page)
    await startExample(page)
    await page.getByRole("treeitem", { name: /^step chargePayment/ }).waitFor()
    await page.getByRole("button", { name: "Crash it…" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Crash it" }).click()
    await expectStatus(page, "completed")
    expect(await page.locator(".story").textContent()).toContain("Crashed on purpose")
  },
)
