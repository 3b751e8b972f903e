// The console's page: free, without data, and allowed to do no more than it must.

import { expect, test } from "vitest"
import { givenApp } from "./support/given-app.ts"

test("the page loads nothing from elsewhere, and its script runs by a nonce of this answer alone", async () => {
  const { ask } = givenApp()
  const [first, second] = [await ask("GET /"), await ask("GET /")]
  expect(first.status).toBe(200)
  expect(first.headers.get("content-type")).toBe("text/html; charset=utf-8")
  const policy = first.headers.get("content-security-policy") ?? ""
  const [, nonce] = /script-src 'nonce-([^']+)'/.exec(policy) ?? []
  expect(policy).toContain("default-src 'none'")
  expect(String(first.body)).toContain(`<script nonce="${nonce}">`)
  expect(String(first.body)).not.toMatch(/(src|href)="(https?:)?\/\//)
  expect(second.headers.get("content-security-policy")).not.toBe(policy)
})
