// The systems through the view of their runs: a purchase is called off in its window, an account creation that stands
// still is seen to by a person, a transfer is compensated.

import { randomUUID } from "node:crypto"
import type { Page } from "playwright-core"
import { expect, test } from "vitest"
import { expectAccessible } from "./support/accessible.ts"
import { givenConsole, noBrowser } from "./support/given-console.ts"

const given = givenConsole()

const WHILE_IT_WORKS = { timeout: 20_000 }

async function statusOf(page: Page): Promise<string> {
  return (await page.locator(".run-status").textContent()) ?? ""
}

function openRun(id: string): Promise<Page> {
  return given.open(`/?run=${encodeURIComponent(id)}`)
}

test.skipIf(noBrowser)("a one-click purchase is called off in its window", async () => {
  await given.client.post("/buy/click-1", { itemId: "widget-001", windowMs: 30_000 })
  const page = await openRun("checkout/click-1")
  await page.getByText("waiting for update cancel").waitFor()
  await page.getByText(/^sleeping until/).waitFor()
  await page.getByRole("button", { name: "Send update cancel…" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Send" }).click()
  await page.getByRole("dialog", { name: "The answer to cancel" }).waitFor()
  await page.keyboard.press("Escape")
  await expect.poll(() => statusOf(page), WHILE_IT_WORKS).toBe("completed")
  await page.getByText('"PURCHASE_CANCELLED"').first().waitFor()
  expect((await given.client.get("/status/click-1")).body).toMatchObject({
    result: { state: "PURCHASE_CANCELLED" },
  })
})

test.skipIf(noBrowser)(
  "an account creation that stands still: why is shown, a person gives the step its value, and it goes on",
  async () => {
    const uuid = randomUUID()
    await given.client.put(`/accounts/${uuid}`)
    const id = `again-${uuid}`
    await given.client.post(`/v1/runs/${id}`, { workflow: "createAccount", input: [uuid] })
    const page = await openRun(id)
    await expect.poll(() => statusOf(page), WHILE_IT_WORKS).toBe("halted")
    const halt = page.getByRole("region", { name: "Why it stands still" })
    expect(await halt.textContent()).toContain(
      `Account ${uuid}: its reference row holds another ledger id`,
    )
    await expectAccessible(page)
    await page.getByRole("treeitem", { name: /^step insertReference/ }).click()
    await page.getByRole("button", { name: "Skip with a value…" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByLabel("Value").fill('{ "type": "created" }')
    await dialog.getByLabel("Reason").fill("the row was moved by hand")
    await dialog.getByRole("button", { name: "Skip with this value" }).click()
    await expect.poll(() => statusOf(page), WHILE_IT_WORKS).toBe("completed")
    expect(await halt.count()).toBe(0)
    expect(await page.locator(".story").textContent()).toContain("the row was moved by hand")
  },
)

test.skipIf(noBrowser)(
  "a transfer that is refused at its target is seen to be undone",
  async () => {
    await given.client.post("/balances/ada/deposits/d1", { amount: 500 })
    await given.client.post("/balances/bob/deposits/d2", { amount: 1 })
    await given.client.put("/balances/bob", { closed: true })
    await given.client.post("/transfers/t1", { source: "ada", target: "bob", amount: 100 })
    const page = await openRun("transfer-t1")
    await expect.poll(() => statusOf(page), WHILE_IT_WORKS).toBe("completed")
    for (const step of ["debitSource", "creditTarget", "reverseDebit"]) {
      await page.getByRole("treeitem", { name: new RegExp(`^step ${step}`) }).waitFor()
    }
    await page.getByText('"compensated"').first().waitFor()
    await page.getByRole("link", { name: "accounts and transfers" }).click()
    await page.getByRole("heading", { name: "Relays" }).waitFor()
    expect(new URL(page.url()).searchParams.get("of")).toBe("transfer-t1")
  },
)
