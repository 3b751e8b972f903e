// The operator's inbox: a halted account creation is seen with its reason, looked into, and resolved on the spot.

import { expect, test } from "vitest"
import { member } from "../../scripts/support/json-client.ts"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import { expectAccessible, expectFitsPhone } from "./support/accessible.ts"
import { givenConsole, noBrowser, type GivenConsole } from "./support/given-console.ts"

const SOON_MS = 15_000

const given = givenConsole()

/** The account is there already, so that a second run of another id finds a reference row that is not its own. */
async function halted({ client }: GivenConsole, id: string): Promise<void> {
  const uuid = crypto.randomUUID()
  await client.put(`/accounts/${uuid}`)
  await client.post(`/v1/runs/${id}`, { workflow: "createAccount", input: [uuid] })
  await expectRun(id, "halted")
}

function expectRun(id: string, status: string): Promise<unknown> {
  return waitUntil(`${id} to be ${status}`, SOON_MS, async () => {
    const { body } = await given.client.get(`/v1/runs/${id}`)
    return member(body, "status") === status ? body : undefined
  })
}

test.skipIf(noBrowser)(
  "a halted account creation: the reason, a retry that does not help, who did it, and a skip that does",
  async () => {
    await halted(given, "again")
    const page = await given.open()
    await page.getByRole("link", { name: "Inbox 1 halted" }).click()
    const openCase = page.locator(".case").filter({ hasText: "again" })
    await openCase.getByText("its reference row holds another ledger id").waitFor()
    await openCase.getByText("Nobody has done anything with it yet.").waitFor()
    await openCase.getByText("The workflow itself asked for a person.").waitFor()
    await expectAccessible(page)
    await expectFitsPhone(page)

    await openCase.getByLabel("Reason").fill("perhaps the row is mended")
    await openCase.getByRole("button", { name: "Retry" }).click()
    await page.getByText("again: retried.").waitFor()
    await expectRun("again", "halted")
    await page.reload()
    await openCase.getByText("perhaps the row is mended").waitFor()
    await openCase.getByText("by development server").waitFor()

    await openCase.getByLabel("Skip: give a step's outcome by hand").check()
    await openCase.getByLabel("Step to skip").selectOption("1: step insertReference (completed)")
    const value = openCase.getByLabel("Its outcome, as JSON")
    expect(JSON.parse(await value.inputValue())).toMatchObject({ type: "exists_diff" })
    await value.fill('{"type": ')
    await openCase.getByRole("button", { name: "Skip" }).click()
    await openCase.getByText("This is not JSON").waitFor()
    await expectAccessible(page)
    await value.fill('{"type": "exists_same"}')
    await openCase.getByLabel("Reason").fill("the row was made by hand")
    await openCase.getByRole("button", { name: "Skip" }).click()
    await expectRun("again", "completed")
    await page.getByText("No run waits for a person.").waitFor()
    await expect.poll(() => page.evaluate("document.activeElement.id")).toBe("heading")
    const { body } = await given.client.get("/v1/runs/again/journal")
    expect(JSON.stringify(body)).toContain("the row was made by hand")
  },
)

test.skipIf(noBrowser)(
  "killing is asked about once more, and retry goes back to a chosen entry",
  async () => {
    await halted(given, "other")
    const page = await given.open("/?view=inbox")
    const openCase = page.locator(".case").filter({ hasText: "other" })
    await openCase.getByLabel("Retry from an earlier entry").check()
    await openCase
      .getByLabel("Entry to go back to")
      .selectOption("0: step mintLedgerId (completed)")
    await openCase.getByRole("button", { name: "Retry from there" }).click()
    await page.getByText("other: retried.").waitFor()
    await waitUntil("both steps to have run twice", SOON_MS, async () => {
      const { body } = await given.client.get("/v1/runs/other/journal")
      const entries = (body as { entries: { name?: string; attempts: number }[] }).entries
      return entries.find(({ name }) => name === "insertReference")?.attempts === 2
        ? true
        : undefined
    })
    await expectRun("other", "halted")
    await openCase.getByLabel("Kill: end it where it stands").check()
    await openCase.getByRole("button", { name: "Kill…" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Keep things as they are" }).click()
    await expectRun("other", "halted")
    await openCase.getByRole("button", { name: "Kill…" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Kill it" }).click()
    await expectRun("other", "cancelled")
  },
)
