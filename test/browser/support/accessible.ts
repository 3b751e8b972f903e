// Accessible: whether a page can be used by everybody, as far as a program can tell: axe-core's rules, light and dark,
// and no sideways scrolling on a phone.
// Owns: which rules count. Must not touch: the page, beyond its colours and width.

import axe from "axe-core"
import type { BrowserContext, Page } from "playwright-core"
import { expect } from "vitest"

/** Narrow ones and wide ones. */
const PHONES = [320, 360, 414].map((width) => ({ width, height: 740 }))

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

/** Puts the checker into every page of the browser, past the page's own policy. */
export async function prepareAudit(browser: BrowserContext): Promise<void> {
  await browser.addInitScript({ content: axe.source })
}

/** Fails with the rules that are broken, and where, in light and in dark. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" })
    expect({ colorScheme, found: await violationsOf(page) }).toEqual({ colorScheme, found: [] })
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "no-preference" })
}

/** Fails when the page is wider than a phone. */
export async function expectFitsPhone(page: Page): Promise<void> {
  const before = page.viewportSize()
  for (const phone of PHONES) {
    await page.setViewportSize(phone)
    const width = await page.evaluate<number>("document.documentElement.scrollWidth")
    expect(width).toBeLessThanOrEqual(phone.width)
  }
  if (before !== null) await page.setViewportSize(before)
}

interface Violation {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

async function violationsOf(page: Page): Promise<string[]> {
  const options = JSON.stringify({ runOnly: RULES, resultTypes: ["violations"] })
  const { violations } = await page.evaluate<{ violations: Violation[] }>(
    `axe.run(document, ${options})`,
  )
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary = "" }) => `${id}: ${help}\n${html}\n${failureSummary}`),
  )
}
