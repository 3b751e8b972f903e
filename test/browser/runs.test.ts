// The list of runs: filters in the address, live without jumping, page by page, by keyboard, several at once.

import type { Page } from "playwright-core"
import { beforeAll, expect, test } from "vitest"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import { member } from "../../scripts/support/json-client.ts"
import { expectAccessible, expectFitsPhone } from "./support/accessible.ts"
import { givenConsole, noBrowser } from "./support/given-console.ts"

/** More than one page. */
const SESSIONS = 60

const INDEXED_TIMEOUT_MS = 20_000
const LIVE_TIMEOUT_MS = 10_000
const SETUP_TIMEOUT_MS = 60_000

const given = givenConsole()

beforeAll(async () => {
  if (noBrowser) return
  const { client } = given
  const names = Array.from({ length: SESSIONS }, (_, index) => `s${String(index).padStart(2, "0")}`)
  await Promise.all(
    names.map((name) =>
      client.post(`/v1/runs/session%2F${name}`, {
        workflow: "userSession",
        input: [{ sessionId: name, userId: "ada", idleTimeoutMs: 600_000 }],
        tags: { team: name < "s10" ? "blue" : "red" },
      }),
    ),
  )
  await client.post("/v1/runs/projection%2Fbad", {
    workflow: "projectEvents",
    input: ["bad", [{ eventId: "e1", type: "Nobody", timestamp: "2026-01-01T00:00:00Z" }]],
  })
  await waitUntil("the runs to be listed", INDEXED_TIMEOUT_MS, async () => {
    const { body } = await client.get("/v1/stats")
    return member(body, "total") === SESSIONS + 1 && member(body, "statuses", "failed") === 1
      ? true
      : undefined
  })
}, SETUP_TIMEOUT_MS)

function rows(page: Page): Promise<string[]> {
  return page.locator("tbody .row-link").allTextContents()
}

function chip(page: Page, word: string) {
  return page.getByRole("group", { name: "Status" }).getByRole("button", { name: word })
}

function paramsOf(page: Page): Record<string, string> {
  return Object.fromEntries(new URL(page.url()).searchParams)
}

test.skipIf(noBrowser)(
  "counts, filters and pages stand in the address, and back undoes them",
  async () => {
    const page = await given.open()
    await expect.poll(() => rows(page)).toHaveLength(50)
    await expect.poll(() => chip(page, "failed").textContent()).toBe("failed1")
    await chip(page, "failed").click()
    await expect.poll(() => rows(page)).toEqual(["projection/bad"])
    expect(paramsOf(page)).toEqual({ status: "failed" })
    expect(await chip(page, "failed").getAttribute("aria-pressed")).toBe("true")
    await page.getByText("Nobody").first().waitFor()
    await page.goBack()
    await expect.poll(() => rows(page)).toHaveLength(50)

    await page.getByLabel("Tag").fill("team:blue")
    await expect.poll(() => rows(page)).toHaveLength(10)
    expect(paramsOf(page)).toEqual({ tag: "team:blue" })
    await expect.poll(() => chip(page, "all").textContent()).toBe("all10")
    await expect.poll(() => chip(page, "failed").textContent()).toBe("failed0")
    await page.getByText("last hour, all workflows").waitFor()
    await page.reload()
    await expect.poll(() => rows(page)).toHaveLength(10)
    expect(await page.getByLabel("Tag").inputValue()).toBe("team:blue")
    await page.getByLabel("Run id").fill("session/s07")
    await expect.poll(() => rows(page)).toEqual(["session/s07"])
    await page.getByLabel("Run id").fill("nobody")
    await page.getByText("No run is like that.").waitFor()
    await expectAccessible(page)
    await page.getByRole("button", { name: "Clear the filters" }).click()
    await expect.poll(() => rows(page)).toHaveLength(50)
    expect(paramsOf(page)).toEqual({})

    await page.goto(`${given.client.url}/?status=zzz`)
    await page.getByText('status is "zzz"').waitFor()
    expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(0)
    await page.getByRole("button", { name: "Clear the filters" }).click()
    await expect.poll(() => rows(page)).toHaveLength(50)

    const first = await rows(page)
    await page.getByRole("link", { name: "Older runs" }).click()
    await expect.poll(() => rows(page)).toHaveLength(SESSIONS + 1 - 50)
    expect((await rows(page)).filter((id) => first.includes(id))).toEqual([])
    await page.getByRole("link", { name: "First page" }).click()
    await expect.poll(() => rows(page)).toEqual(first)
    await page.getByLabel("Order", { exact: true }).selectOption("oldest")
    await expect.poll(async () => (await rows(page))[0]).not.toBe(first[0])
    await page.getByLabel("Workflow", { exact: true }).selectOption("projectEvents")
    await expect.poll(() => rows(page)).toEqual(["projection/bad"])
  },
)

test.skipIf(noBrowser)("everybody can use it: axe, a phone, the keyboard", async () => {
  const page = await given.open()
  await expect.poll(() => rows(page)).toHaveLength(50)
  await expectAccessible(page)
  await expectFitsPhone(page)
  const ids = await rows(page)
  const focused = () => page.evaluate<string>("document.activeElement.textContent")
  await page.keyboard.press("j")
  expect(await focused()).toBe(ids[0])
  await page.keyboard.press("ArrowDown")
  await page.keyboard.press("j")
  await page.keyboard.press("k")
  expect(await focused()).toBe(ids[1])
  await page.keyboard.press("x")
  await page.getByText("1 run chosen").waitFor()
  await expectAccessible(page)
  await page.keyboard.press("/")
  await expect.poll(() => page.evaluate("document.activeElement.name")).toBe("idPrefix")
  // A letter is a letter where one types.
  await page.keyboard.type("x?")
  expect(await page.getByLabel("Run id").inputValue()).toBe("x?")
  await page.getByLabel("Run id").fill("")
  await page.getByRole("heading", { level: 1 }).click()
  await page.keyboard.press("?")
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor()
  await expectAccessible(page)
  await page.keyboard.press("Escape")
  await expect.poll(() => rows(page)).toHaveLength(50)
  await page.keyboard.press("j")
  await page.keyboard.press("Enter")
  await expect.poll(() => page.getByRole("heading", { level: 1 }).textContent()).toBe(ids[0])
})

test.skipIf(noBrowser)(
  "what is new comes by itself, and waits while somebody has a hand in the list",
  async () => {
    const page = await given.open("/?idPrefix=order")
    await page.getByText("No run is like that.").waitFor()
    const order = (id: string) =>
      given.client.post("/orders", {
        id,
        items: [{ sku: "widget-001", qty: 1, price: 5 }],
        customer: { id: "c", email: "c@example.com" },
      })
    await order("one")
    await expect.poll(() => rows(page), { timeout: LIVE_TIMEOUT_MS }).toEqual(["order/one"])
    await page.keyboard.press("j")
    await order("two")
    await page.getByRole("button", { name: "Show 1 new run" }).waitFor()
    expect(await rows(page)).toEqual(["order/one"])
    await page.getByRole("button", { name: "Show 1 new run" }).click()
    await expect.poll(() => rows(page)).toEqual(["order/two", "order/one"])
  },
)

test.skipIf(noBrowser)(
  "several are cancelled at once, after a question that says how many",
  async () => {
    const page = await given.open("/?tag=team:blue")
    await expect.poll(() => rows(page)).toHaveLength(10)
    const [first = "", second = ""] = await rows(page)
    await page.getByLabel(`Choose ${first}`).check()
    await page.getByLabel(`Choose ${second}`).check()
    await page.getByRole("button", { name: "Cancel 2 …" }).click()
    const dialog = page.getByRole("dialog", { name: "Cancel 2 runs?" })
    await dialog.getByText("2 suspended.").waitFor()
    await expectAccessible(page)
    await page.keyboard.press("Escape")
    await expect.poll(() => dialog.count()).toBe(0)
    expect(await given.client.get(`/v1/runs/${encodeURIComponent(first)}`)).toMatchObject({
      body: { status: "suspended" },
    })

    await page.getByRole("button", { name: "Cancel 2 …" }).click()
    await dialog.getByLabel("Reason").fill("the shop is closed")
    await dialog.getByRole("button", { name: "Cancel 2 runs" }).click()
    await page.getByText("Cancel: 2 done, 0 refused.").waitFor()
    await page.locator(".bulk-results").getByRole("button", { name: "Close" }).click()
    await expect.poll(() => page.locator(".bulk-results").count()).toBe(0)
    for (const id of [first, second]) {
      const path = `/v1/runs/${encodeURIComponent(id)}`
      await waitUntil(`${id} to be cancelled`, LIVE_TIMEOUT_MS, async () => {
        const { body } = await given.client.get(path)
        return member(body, "status") === "cancelled" ? true : undefined
      })
      const { body } = await given.client.get(`${path}/journal`)
      expect(JSON.stringify(body)).toContain("the shop is closed")
    }
    await chip(page, "cancelled").click()
    await expect.poll(async () => (await rows(page)).toSorted()).toEqual([first, second].toSorted())
  },
)

test.skipIf(noBrowser)("a span of time is typed in local time and kept as UTC", async () => {
  const page = await given.open("/?version=1")
  await expect.poll(() => rows(page)).toHaveLength(50)
  await page.getByRole("button", { name: "only version 1 ×" }).click()
  await expect.poll(() => paramsOf(page)).toEqual({})
  await page.getByLabel("Created").selectOption("in the last hour")
  await expect.poll(() => paramsOf(page)).toEqual({ since: "1h" })
  await page.getByLabel("Created").selectOption("between …")
  await page.getByLabel("From (your local time)").fill("2020-01-01T00:00")
  await page.getByLabel("To", { exact: true }).fill("2020-01-02T00:00")
  await page.getByText("No run is like that.").waitFor()
  await expectAccessible(page)
  const utc = (local: string) => page.evaluate<string>(`new Date("${local}").toISOString()`)
  expect(paramsOf(page)).toEqual({
    createdAfter: await utc("2020-01-01T00:00"),
    createdBefore: await utc("2020-01-02T00:00"),
  })
  await page.reload()
  expect(await page.getByLabel("From (your local time)").inputValue()).toBe("2020-01-01T00:00")
  await page.getByLabel("Created").selectOption("at any time")
  await expect.poll(() => paramsOf(page)).toEqual({})
})

test.skipIf(noBrowser)("a retry of several tells of each what came of it", async () => {
  const page = await given.open("/?idPrefix=projection")
  await page.getByLabel("Choose projection/bad").check()
  await page.getByRole("button", { name: "Retry 1 …" }).click()
  // Somebody else has deleted it meanwhile.
  await given.client.send("DELETE", "/v1/runs/projection%2Fbad")
  await page.getByRole("dialog").getByRole("button", { name: "Retry 1 run" }).click()
  await page.getByText("Retry: 0 done, 1 refused.").waitFor()
  expect(await page.locator(".results .field-problem").textContent()).toContain("projection/bad")
})
