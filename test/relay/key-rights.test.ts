// What a key with fewer rights may do and see, and what it hears instead.
import { describe, expect, test } from "vitest"
import { FENCE_ACCOUNTS } from "../../src/ledger/fence.ts"
import type { RelayKey } from "../../src/ledger/signature.ts"
import { EmbeddedLedger, IN_MEMORY } from "../../src/relay/embedded/embedded-ledger.ts"
import { EVERY_RIGHT, type KeyRights } from "../../src/relay/access/key-rights.ts"
import type { BodyRules } from "../../src/relay/operations.ts"
import type { Relay } from "../../src/relay/relay.ts"
import { ask, KEY, type Reply, startRelay } from "./relay-kit.ts"

const TENANT: RelayKey = { id: "tenant", secret: "a secret for ledger seven" }

/** Counts what reaches the ledger. */
class CountedLedger extends EmbeddedLedger {
  writes = 0

  override createAccounts(...given: Parameters<EmbeddedLedger["createAccounts"]>) {
    this.writes += 1
    return super.createAccounts(...given)
  }

  override createTransfers(...given: Parameters<EmbeddedLedger["createTransfers"]>) {
    this.writes += 1
    return super.createTransfers(...given)
  }
}

/** The ledger of the relay started last. */
let backend: CountedLedger

/** A relay where KEY may do everything and TENANT what is given. */
async function startWith(rights: KeyRights, rules: Partial<BodyRules> = {}): Promise<Relay> {
  backend = new CountedLedger({ path: IN_MEMORY })
  const { relay } = await startRelay({
    ledger: backend,
    keys: new Map([
      [KEY.id, { secret: KEY.secret, rights: EVERY_RIGHT }],
      [TENANT.id, { secret: TENANT.secret, rights }],
    ]),
    rules,
  })
  return relay
}

const ONLY_SEVEN: KeyRights = { ledgers: new Set([7]), imported: "refused" }

const account = (id: number, ledger: number, code = 1) => ({ id: `${id}`, ledger, code })

const transfer = (id: number, ledger: number, debit: number, credit: number) => ({
  id: `${id}`,
  ledger,
  code: 1,
  amount: "1",
  debit_account_id: `${debit}`,
  credit_account_id: `${credit}`,
})

function asTenant(relay: Relay, operation: string, body: unknown): Promise<Reply> {
  return ask(relay, `/v1/${operation}`, body, { key: TENANT })
}

function asAll(relay: Relay, operation: string, body: unknown): Promise<Reply> {
  return ask(relay, `/v1/${operation}`, body)
}

function forbidden(message: string | RegExp) {
  return {
    status: 403,
    signed: true,
    body: {
      error: {
        code: "forbidden",
        message: typeof message === "string" ? message : (expect.stringMatching(message) as string),
      },
      submitted: false,
    },
  }
}

/** Accounts 1 and 2 with transfer 10 in ledger 7, accounts 3 and 4 with transfer 20 in ledger 8. */
async function fill(relay: Relay): Promise<void> {
  const accounts = [account(1, 7), account(2, 7), account(3, 8), account(4, 8)]
  for (const each of accounts) Object.assign(each, { flags: ["history"] })
  await asAll(relay, "create_accounts", { accounts })
  const transfers = [transfer(10, 7, 1, 2), transfer(20, 8, 3, 4)]
  const reply = await asAll(relay, "create_transfers", { transfers })
  expect(reply.body).toMatchObject({ outcomes: [{ status: "created" }, { status: "created" }] })
}

test("a key without restrictions does what it likes, on any ledger", async () => {
  const relay = await startWith(ONLY_SEVEN)
  await fill(relay)
  expect((await asAll(relay, "lookup_transfers", { ids: ["10", "20"] })).body).toMatchObject({
    transfers: [{ ledger: 7 }, { ledger: 8 }],
  })
})

test("a key hears which operation it has no right to, and nothing is submitted", async () => {
  const operations = new Set(["lookup_accounts", "fence_transfer"] as const)
  const relay = await startWith({ operations, imported: "refused" })
  expect(await asTenant(relay, "create_accounts", { accounts: [account(1, 7)] })).toMatchObject(
    forbidden("This key has no right to create_accounts."),
  )
  expect(backend.writes).toBe(0)
  expect(await asTenant(relay, "lookup_accounts", { ids: ["1"] })).toMatchObject({ status: 200 })
  expect(await asTenant(relay, "fence_transfer", { id: "5" })).toMatchObject({
    status: 200,
    body: { fence: { result: "fenced" } },
  })
})

test("a key for some ledgers fences only where that is said: ids know no ledgers", async () => {
  const ledgers = new Set([7])
  const unsaid = await startWith({ ledgers, imported: "refused" })
  expect(await asTenant(unsaid, "fence_transfer", { id: "5" })).toMatchObject(
    forbidden("This key has no right to fence_transfer."),
  )
  expect(backend.writes).toBe(0)
  const operations = new Set(["fence_transfer"] as const)
  const said = await startWith({ ledgers, operations, imported: "refused" })
  expect(await asTenant(said, "fence_transfer", { id: "5" })).toMatchObject({ status: 200 })
})

describe("creating", () => {
  test("one event on another ledger refuses all of them, by index and field", async () => {
    const relay = await startWith(ONLY_SEVEN)
    const accounts = [account(1, 7), account(2, 7), account(3, 8)]
    expect(await asTenant(relay, "create_accounts", { accounts })).toMatchObject(
      forbidden("accounts[2].ledger: this key has no right to ledger 8."),
    )
    const transfers = [transfer(10, 7, 1, 2), transfer(11, 9, 1, 2)]
    expect(await asTenant(relay, "create_transfers", { transfers })).toMatchObject(
      forbidden("transfers[1].ledger: this key has no right to ledger 9."),
    )
    expect(backend.writes).toBe(0)
    expect(
      await asTenant(relay, "create_accounts", { accounts: accounts.slice(0, 2) }),
    ).toMatchObject({
      status: 200,
      body: { outcomes: [{ status: "created" }, { status: "created" }] },
    })
  })

  test("a code that is not the key's is refused in the same way", async () => {
    const relay = await startWith({ codes: new Set([1, 2]), imported: "refused" })
    const accounts = [account(1, 7, 2), account(2, 7, 3)]
    expect(await asTenant(relay, "create_accounts", { accounts })).toMatchObject(
      forbidden("accounts[1].code: this key has no right to code 3."),
    )
    const transfers = [{ ...transfer(10, 7, 1, 2), code: 9 }]
    expect(await asTenant(relay, "create_transfers", { transfers })).toMatchObject(
      forbidden("transfers[0].code: this key has no right to code 9."),
    )
    expect(backend.writes).toBe(0)
  })

  test("a post or void names ledger and code, where these are restricted, or is refused", async () => {
    const relay = await startWith({ ...ONLY_SEVEN, codes: new Set([1]) })
    await fill(relay)
    const pending = { ...transfer(30, 7, 1, 2), flags: ["pending"] }
    await asTenant(relay, "create_transfers", { transfers: [pending] })
    for (const flag of ["post_pending_transfer", "void_pending_transfer"]) {
      const resolution = { id: "31", pending_id: "30", flags: [flag] }
      expect(
        await asTenant(relay, "create_transfers", { transfers: [{ ...resolution, code: 1 }] }),
      ).toMatchObject(
        forbidden(
          "transfers[0].ledger: this key must name the ledger of the pending transfer; left out, it would be inherited unchecked.",
        ),
      )
      expect(
        await asTenant(relay, "create_transfers", { transfers: [{ ...resolution, ledger: 7 }] }),
      ).toMatchObject(forbidden(/^transfers\[0\]\.code: this key must name the code/))
    }
    const named = { id: "31", pending_id: "30", flags: ["void_pending_transfer"] }
    expect(
      await asTenant(relay, "create_transfers", { transfers: [{ ...named, ledger: 7, code: 1 }] }),
    ).toMatchObject({ status: 200, body: { outcomes: [{ status: "created" }] } })
  })

  test("naming one's own ledger opens no pending transfer of another", async () => {
    const relay = await startWith(ONLY_SEVEN)
    await fill(relay)
    const pending = { ...transfer(40, 8, 3, 4), flags: ["pending"] }
    await asAll(relay, "create_transfers", { transfers: [pending] })
    const post = { id: "41", pending_id: "40", flags: ["post_pending_transfer"], ledger: 7 }
    const amount = "1"
    expect(
      await asTenant(relay, "create_transfers", { transfers: [{ ...post, amount }] }),
    ).toMatchObject({ body: { outcomes: [{ status: "pending_transfer_has_different_ledger" }] } })
    const foreign = [transfer(42, 7, 3, 4)]
    expect(await asTenant(relay, "create_transfers", { transfers: foreign })).toMatchObject({
      body: { outcomes: [{ status: "transfer_must_have_the_same_ledger_as_accounts" }] },
    })
  })

  test("imported events need the relay's leave and the key's", async () => {
    const accounts = [account(1, 7), { ...account(2, 7), flags: ["imported"], timestamp: "1" }]
    const imports: KeyRights = { imported: "allowed" }
    const relayRefuses = await startWith(imports)
    expect(await asTenant(relayRefuses, "create_accounts", { accounts })).toMatchObject(
      forbidden("accounts[1].flags: this relay takes no imported events."),
    )
    const keyRefused = await startWith({ imported: "refused" }, { imported: "allowed" })
    expect(await asTenant(keyRefused, "create_accounts", { accounts })).toMatchObject(
      forbidden("accounts[1].flags: this key has no right to imported events."),
    )
    const transfers = [{ ...transfer(1, 7, 1, 2), flags: ["imported"], timestamp: "1" }]
    expect(await asTenant(keyRefused, "create_transfers", { transfers })).toMatchObject(
      forbidden("transfers[0].flags: this key has no right to imported events."),
    )
    expect(backend.writes).toBe(0)
    const both = await startWith(imports, { imported: "allowed" })
    expect(await asTenant(both, "create_accounts", { accounts: accounts.slice(1) })).toMatchObject({
      status: 200,
      body: { outcomes: [{ status: "created" }] },
    })
  })

  test("nobody creates the accounts that fences rest on", async () => {
    const relay = await startWith(ONLY_SEVEN)
    for (const id of FENCE_ACCOUNTS) {
      const accounts = [account(1, 7), { ...account(0, 7), id: `${id}` }]
      expect(await asAll(relay, "create_accounts", { accounts })).toMatchObject({
        status: 400,
        signed: true,
        body: {
          error: {
            code: "invalid_request",
            message: `accounts[1].id: expected an id that no fence rests on, got ${id}`,
          },
          submitted: false,
        },
      })
    }
    expect(backend.writes).toBe(0)
  })
})

describe("reading with rights for some ledgers", () => {
  test("a lookup leaves out what belongs to others as if it were not there", async () => {
    const relay = await startWith(ONLY_SEVEN)
    await fill(relay)
    const ids = ["1", "3", "99", "2"]
    expect((await asTenant(relay, "lookup_accounts", { ids })).body).toMatchObject({
      accounts: [{ id: "1" }, { id: "2" }],
    })
    expect((await asTenant(relay, "lookup_transfers", { ids: ["20", "10"] })).body).toMatchObject({
      transfers: [{ id: "10" }],
    })
    expect((await asAll(relay, "lookup_transfers", { ids: ["20", "10"] })).body).toMatchObject({
      transfers: [{ id: "20" }, { id: "10" }],
    })
  })

  test("an account of another ledger answers like one that is not there", async () => {
    const relay = await startWith(ONLY_SEVEN)
    await fill(relay)
    const about = (account_id: string) => {
      return { filter: { account_id, limit: 10, flags: ["debits", "credits"] } }
    }
    for (const operation of ["get_account_transfers", "get_account_balances"]) {
      const own = await asTenant(relay, operation, about("1"))
      const [list] = Object.values(own.body as Record<string, unknown[]>)
      expect(list).toHaveLength(1)
      const foreign = await asTenant(relay, operation, about("3"))
      const unknown = await asTenant(relay, operation, about("99"))
      expect(foreign).toMatchObject({ status: 200 })
      expect(foreign.body).toEqual(unknown.body)
      const [seen] = Object.values(
        (await asAll(relay, operation, about("3"))).body as Record<string, unknown[]>,
      )
      expect(seen).toHaveLength(1)
    }
  })

  test("a query names a ledger that is the key's", async () => {
    const relay = await startWith(ONLY_SEVEN)
    await fill(relay)
    for (const operation of ["query_accounts", "query_transfers"]) {
      expect(await asTenant(relay, operation, { filter: { limit: 10 } })).toMatchObject(
        forbidden("filter.ledger: this key must name one of its ledgers (7)."),
      )
      expect(await asTenant(relay, operation, { filter: { limit: 10, ledger: 8 } })).toMatchObject(
        forbidden("filter.ledger: this key has no right to ledger 8."),
      )
      const own = await asTenant(relay, operation, { filter: { limit: 10, ledger: 7 } })
      const [records] = Object.values(own.body as Record<string, { ledger: number }[]>)
      expect(records?.length).toBeGreaterThan(0)
      expect(new Set(records?.map(({ ledger }) => ledger))).toEqual(new Set([7]))
      expect(await asAll(relay, operation, { filter: { limit: 10 } })).toMatchObject({
        status: 200,
      })
    }
  })
})
