// The console's page: free, without data, and allowed to do no more than it must.

import { expect, test } from "vitest"
import { DEPLOYED, givenApp } from "./support/given-app.ts"

test("the page loads nothing from elsewhere, and its script runs by a nonce of this answer alone", async () => {
  const { ask } = givenApp()
  const [first, second] = [await ask("GET /"), await ask("GET /")]
  expect(first.status).toBe(200)
  expect(first.headers.get("content-type")).toBe("text/html; charset=utf-8")
  const policy = first.headers.get("content-security-policy") ?? ""
  const [, nonce] = /script-src 'nonce-([^']+)'/.exec(policy) ?? []
  for (const rule of [
    "default-src 'none'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
    `style-src 'nonce-${nonce}'`,
  ]) {
    expect(policy.split("; ")).toContain(rule)
  }
  expect(first.headers.get("cache-control")).toBe("no-store")
  expect(String(first.body)).toContain(`<script nonce="${nonce}">`)
  expect(String(first.body)).not.toMatch(/(src|href)="(https?:)?\/\//)
  expect(second.headers.get("content-security-policy")).not.toBe(policy)
})

test("the view that the URL asks for is there before the script runs, also for who has no token yet", async () => {
  const { ask } = givenApp({ variables: DEPLOYED })
  const { status, body } = await ask("GET /?view=inbox")
  expect(status).toBe(200)
  expect(String(body)).toContain(">Operator inbox</h1>")
  expect(String(body)).toContain('data-view="inbox" aria-current="page"')
})
