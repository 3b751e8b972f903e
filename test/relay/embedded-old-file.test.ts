// A ledger file outlives the version that wrote it.
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterEach, beforeEach, expect, test } from "vitest"
import { TransferFlags } from "../../src/ledger/flags.ts"
import { U64_MAX, U128_MAX } from "../../src/ledger/integers.ts"
import { EmbeddedLedger } from "../../src/relay/embedded/embedded-ledger.ts"

const OLD_FILE = readFileSync(new URL("embedded-schema-1.sql", import.meta.url), "utf8")
/** A moment after everything in the file, and long before transfer 19 expires. */
const LATER = 1_700_000_010_000_000_000n

let directory: string
let path: string
const opened: EmbeddedLedger[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "belay-ledger-"))
  path = join(directory, "ledger.sqlite")
})

afterEach(() => {
  for (const ledger of opened.splice(0)) ledger.close()
  rmSync(directory, { recursive: true })
})

function write(sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}

function open(): EmbeddedLedger {
  const ledger = new EmbeddedLedger({ path, now: () => LATER })
  opened.push(ledger)
  return ledger
}

test("a file of the first version opens with its accounts, transfers and burned ids", async () => {
  write(OLD_FILE)
  const ledger = open()
  const [first] = await ledger.lookupAccounts([1n])
  expect(first).toMatchObject({ debits_pending: 2n, debits_posted: 11n, credits_posted: 0n })
  const answers = await ledger.createTransfers([
    { id: 10n, debit_account_id: 1n, credit_account_id: 2n, amount: 10n, ledger: 1, code: 1 },
    { id: 16n, debit_account_id: 1n, credit_account_id: 2n, amount: 10n, ledger: 1, code: 1 },
    { id: 20n, pending_id: 11n, flags: TransferFlags.void_pending_transfer },
    { id: 21n, pending_id: 19n, flags: TransferFlags.void_pending_transfer },
  ])
  expect(answers.map(({ status }) => status)).toEqual([
    "exists",
    "id_already_failed",
    "pending_transfer_expired",
    "created",
  ])
})

test("a file of the first version answers every query", async () => {
  write(OLD_FILE)
  const ledger = open()
  const ids = (records: readonly { readonly id: bigint }[]) => records.map(({ id }) => id)
  const limit = 100
  expect(ids(await ledger.getAccountTransfers({ account_id: 3n, limit }))).toEqual([13n, 15n, 17n])
  expect(ids(await ledger.queryTransfers({ user_data_64: U64_MAX, limit }))).toEqual([12n, 14n])
  expect(ids(await ledger.queryTransfers({ user_data_32: 9, limit }))).toEqual([19n])
  expect(ids(await ledger.queryTransfers({ code: 7, limit }))).toEqual([17n])
  expect(ids(await ledger.queryAccounts({ user_data_128: U128_MAX, limit }))).toEqual([3n])
  expect(ids(await ledger.queryAccounts({ ledger: 1, limit }))).toEqual([1n, 2n, 3n])
})

test("accounts in a file of the first version have the history they would have had", async () => {
  write(OLD_FILE)
  const ledger = open()
  const history = async (account_id: bigint) => {
    const filter = { account_id, limit: 100 }
    const transfers = await ledger.getAccountTransfers(filter)
    const balances = await ledger.getAccountBalances(filter)
    return balances.map((row) => [
      transfers.find(({ timestamp }) => timestamp === row.timestamp)?.id,
      row.debits_pending,
      row.debits_posted,
      row.credits_pending,
      row.credits_posted,
    ])
  }
  expect(await history(1n)).toEqual([
    [10n, 0n, 10n, 0n, 0n],
    [11n, 5n, 10n, 0n, 0n],
    [12n, 9n, 10n, 0n, 0n],
    [13n, 9n, 10n, 3n, 0n],
    [14n, 5n, 11n, 3n, 0n],
    [15n, 0n, 11n, 0n, 0n],
    [19n, 2n, 11n, 0n, 0n],
  ])
  expect(await history(2n)).toEqual([])
  expect(await history(3n)).toEqual([
    [13n, 3n, 0n, 0n, 0n],
    [15n, 0n, 0n, 0n, 0n],
    [17n, 0n, 0n, 0n, 10n],
  ])
})

test("a file is brought up to date once, and opens again as it is", async () => {
  write(OLD_FILE)
  const before = await open().getAccountBalances({ account_id: 1n, limit: 100 })
  expect(await open().getAccountBalances({ account_id: 1n, limit: 100 })).toEqual(before)
})

test("an old file that cannot be brought up to date stays as it was", () => {
  write(`${OLD_FILE} UPDATE transfers SET credit_account_id = '77' WHERE id = '13';`)
  expect(open).toThrow("The ledger file is damaged: account 77 is missing.")
  const database = new DatabaseSync(path)
  expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 })
  expect(database.prepare("SELECT * FROM sqlite_schema WHERE name LIKE '%by_code'").all()).toEqual(
    [],
  )
  database.close()
})

test("a file of a later version is refused", () => {
  write("PRAGMA user_version = 1000;")
  expect(open).toThrow("use a newer relay")
})
