// Sign-in: where tokens are set, the page asks for one, keeps it in this tab, sends it in a header and nowhere else.

import { expect, test } from "vitest"
import { expectAccessible, expectFitsPhone } from "./support/accessible.ts"
import { givenConsole, noBrowser } from "./support/given-console.ts"

const OPERATOR = "token-of-the-operator"
const READER = "token-of-the-reader"

const given = givenConsole({
  variables: {
    BELAY_TOKENS: JSON.stringify({ [OPERATOR]: ["operate"], [READER]: ["read"] }),
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

test.skipIf(noBrowser)("a token without the role is told which one it lacks", async () => {
  const page = await given.open("/?view=start&workflow=orderLifecycle")
  await page.getByLabel("Access token").fill(READER)
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.getByRole("button", { name: "Start the run" }).click()
  await page.getByText('needs the role "start"').waitFor()
  await expectAccessible(page)
})
