// A ledger file that another process is writing.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterAll, expect, test } from "vitest"
import { EmbeddedLedger } from "../../src/relay/embedded/embedded-ledger.ts"

const folder = mkdtempSync(join(tmpdir(), "belay-ledger-busy-"))
afterAll(() => rmSync(folder, { recursive: true }))

test("what could not begin was not submitted, and goes through once the other one is done", async () => {
  const path = join(folder, "ledger.sqlite")
  const ledger = new EmbeddedLedger({ path })
  const other = new DatabaseSync(path)
  other.exec("BEGIN IMMEDIATE")
  const account = { id: 1n, ledger: 1, code: 1 }
  await expect(ledger.createAccounts([account])).rejects.toMatchObject({
    code: "ledger_unavailable",
    submitted: false,
    message: expect.stringContaining("Another process may be using it") as unknown,
  })
  other.exec("COMMIT")
  other.close()
  expect(await ledger.createAccounts([account])).toMatchObject([{ status: "created" }])
  ledger.close()
})
