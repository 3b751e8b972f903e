// Forms: what several tests do with the pages: start a run, read the status of the one that is shown.

import type { Page } from "playwright-core"
import { expect } from "vitest"

/** A run of the systems takes a few seconds at most; a session idles for five. */
const END_TIMEOUT_MS = 20_000

/** The start form of a workflow, once its example is filled in. Gives the run's id. */
export async function startExample(page: Page): Promise<string> {
  const id = await page.getByLabel("Run id").inputValue()
  await page.getByRole("button", { name: "Start the run" }).click()
  await expect.poll(() => new URL(page.url()).searchParams.get("run")).toBe(id)
  return id
}

/** Waits until the view of a run, which is open, shows this status. */
export async function expectStatus(page: Page, status: string): Promise<void> {
  const badge = page.locator(".run-head .status").first()
  await expect.poll(() => badge.textContent(), { timeout: END_TIMEOUT_MS }).toBe(status)
}
