// Sign-in: where tokens are set, the page asks for one, keeps it in this tab, sends it in a header and nowhere else.

import { expect, test } from "vitest"
import { expectAccessible, expectFitsPhone } from "./support/accessible.ts"
import { givenConsole, noBrowser } from "./support/given-console.ts"

const OPERATOR = "token-of-the-operator"
const READER = "token-of-the-reader"
const STARTER = "token-of-the-starter"

const given = givenConsole({
  variables: {
    BELAY_TOKENS: JSON.stringify({
      [OPERATOR]: ["operate"],
      [READER]: ["read"],
      [STARTER]: ["start"],
    }),
  },
})

test.skipIf(noBrowser)(
  "a token is asked for, refused when it is unknown, kept, and forgotten",
  async () => {
    const page = await given.open("/?view=start")
    const urls: string[] = []
    page.on("request", (request) => urls.push(request.url()))
    const heading = page.getByRole("heading", { level: 1 })
    await expect.poll(() => heading.textContent()).toBe("Sign in")
    await expectAccessible(page)
    await expectFitsPhone(page)
    await page.getByLabel("Access token").fill("not-a-token")
    await page.getByRole("button", { name: "Sign in" }).click()
    await page.getByText("The token is not known here").waitFor()
    await page.getByLabel("Access token").fill(OPERATOR)
    await page.getByRole("button", { name: "Sign in" }).click()
    await expect.poll(() => heading.textContent()).toBe("Start a run")
    await page.getByText("createAccount").first().waitFor()

    await page.reload()
    await expect.poll(() => heading.textContent()).toBe("Start a run")
    await page.getByRole("link", { name: "Schedules" }).click()
    await page.getByText("No schedule begins runs here yet.").waitFor()
    expect(urls.filter((url) => url.includes("token"))).toEqual([])
    expect(await page.evaluate("JSON.stringify({ ...localStorage })")).toBe("{}")
    expect(await page.evaluate("document.cookie")).toBe("")
    await page.getByRole("button", { name: "Sign out" }).click()
    await expect.poll(() => heading.textContent()).toBe("Sign in")
    expect(await page.evaluate("JSON.stringify({ ...sessionStorage })")).toBe("{}")
  },
)

test.skipIf(noBrowser)(
  "a token is offered what it may do, and told which role the rest needs",
  async () => {
    const rights = { authorization: `Bearer ${OPERATOR}` }
    const nightly = {
      workflow: "orderLifecycle",
      cron: "0 3 * * *",
      input: [{ orderId: "o", path: "deliver" }],
    }
    const made = await given.client.put("/v1/schedules/nightly", nightly, rights)
    expect(made).toMatchObject({ status: 201 })
    const session = { sessionId: "one", userId: "ada", idleTimeoutMs: 600_000 }
    const start = { workflow: "userSession", input: [session] }
    await given.client.post("/v1/runs/one", start, rights)
    const page = await given.open("/?view=start&workflow=orderLifecycle")
    const button = (name: string) => page.getByRole("button", { name })
    await page.getByLabel("Access token").fill(READER)
    await button("Sign in").click()
    await page.getByText("To start a run a token needs the role “start”").waitFor()
    expect(await button("Start the run").count()).toBe(0)
    await expectAccessible(page)
    await page.getByRole("link", { name: "Schedules" }).click()
    await page.getByText("a token needs the role “operate”").waitFor()
    await page.getByRole("row").filter({ hasText: "nightly" }).waitFor()
    expect(await button("Pause nightly").count()).toBe(0)
    expect(await button("New schedule").count()).toBe(0)
    await page.getByRole("link", { name: "Runs" }).click()
    await page.getByRole("checkbox").last().check()
    await page.getByText("To cancel or retry them a token needs the role “operate”").waitFor()
    expect(await button("Cancel 1").count()).toBe(0)
    await expectAccessible(page)

    await page.getByRole("link", { name: "one", exact: true }).click()
    await page.getByText("a token needs the role “start”").waitFor()
    await page.getByText("a token needs the role “operate”").waitFor()
    await button("Export").waitFor()
    expect(await button("Kill").count()).toBe(0)
    expect(await button("Signal").count()).toBe(0)
    await expectAccessible(page)

    await button("Sign out").click()
    await page.getByLabel("Access token").fill(OPERATOR)
    await button("Sign in").click()
    await page.getByRole("link", { name: "Schedules" }).click()
    await button("Pause nightly").waitFor()
  },
)

test.skipIf(noBrowser)("a token that may not read is told so, and so was it before", async () => {
  const page = await given.open()
  await page.getByText("a token with “start” alone is for programs").waitFor()
  expect(await page.getByRole("alert").count()).toBe(0)
  await page.getByLabel("Access token").fill(STARTER)
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.getByText('it lacks the role "read"').waitFor()
  await page.getByRole("button", { name: "Sign out" }).click()
  await page.getByText("Signed out. The token is forgotten.").waitFor()
  expect(await page.getByRole("alert").count()).toBe(0)
  expect(await page.locator(".message.bad").count()).toBe(0)
})
