// The ledger in the console: the relay's readiness, and the accounts and transfers that a run is about.

import { expect, test } from "vitest"
import { expectAccessible, expectFitsPhone } from "./support/accessible.ts"
import { givenConsole, noBrowser } from "./support/given-console.ts"

const SOURCE = "7f0c2a51-93c5-4d9e-9c43-2f6a1a4b5c01"

const given = givenConsole()

test.skipIf(noBrowser)(
  "a ledger transfer's accounts, and a relay that goes away and comes back",
  async () => {
    const { client, systems } = given
    await client.put(`/accounts/${SOURCE}`)
    await client.post("/balances/bob/deposits/d1", { amount: 1 })
    const body = { source: SOURCE, bankAccount: "bob", amount: 1250 }
    await client.post("/ledger-transfers/lt1?wait=5000", body)
    const page = await given.open("/?view=ledger")
    await page.getByText("relay 1: ready").waitFor()
    await page.getByText("embedded ledger").waitFor()
    await page.getByRole("link", { name: "ledger-transfer-lt1" }).click()
    const account = page
      .locator(".ledger-card")
      .filter({ hasText: SOURCE })
      .filter({ hasText: "debits" })
    await account.getByText("1,250").waitFor()
    const bank = page.locator(".ledger-card").filter({ hasText: "Bank account bob" })
    await bank.getByText("1,251").waitFor()
    await bank.getByText("lt1-payout").waitFor()
    await page.getByText('"committed"').waitFor()
    await expectAccessible(page)
    await expectFitsPhone(page)

    await page.getByLabel("What").selectOption("Bank account, by its name")
    await page.getByLabel("Which").fill("nobody")
    await page.getByRole("button", { name: "Look" }).click()
    await page.locator(".ledger-card .field-problem").waitFor()
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
      view: "ledger",
      kind: "bank",
      id: "nobody",
    })

    await systems.relay.kill()
    await page.getByText("relay 1: not ready").waitFor()
    await expectAccessible(page)
    await systems.relay.start()
    await page.getByText("relay 1: ready").waitFor()
  },
)
