// Transfer world: the accounts on both sides of ledger transfers, the callers, and what can be read about them.
// Owns: requests as an impatient and stubborn caller makes them. Must not touch: what is right (transfer-audit.ts).

import { member, type Answer } from "./json-client.ts"
import type { RelayLedger } from "../../src/ledger/relay-ledger.ts"
import type { StubbornClient } from "./stubborn-client.ts"
import { waitUntil } from "./wait-until.ts"
import { AccountFlags } from "../../src/ledger/flags.ts"
import type { Account, Transfer } from "../../src/ledger/records.ts"
import type { BankAccount, BankEntry, Books, WantedTransfer } from "./transfer-audit.ts"

/** The ledger and the code of the accounts made here; other accounts of theirs have other codes. */
const LEDGER = 1
const CODE = 90

/** Money comes from here; it may go below zero. */
const TREASURY = 1_000n

/** Apart from the ids of accounts, which their fundings share. */
const SPENDING = 1_000_000n

const SOON_MS = 20_000

/** What of the systems the accounts and their callers need. */
export interface TransferSystems {
  readonly client: StubbornClient
  /** Past the Worker. */
  readonly ledger: RelayLedger
  readonly d1: (query: string, ...values: string[]) => readonly Readonly<Record<string, unknown>>[]
}

export class TransferWorld {
  readonly #systems: TransferSystems
  readonly #bankAccounts = new Set<string>()
  readonly #fundings = new Set<bigint>()
  #sources = 0n

  constructor(systems: TransferSystems) {
    this.#systems = systems
  }

  /** A ledger account that holds `funds` and cannot go below zero; its id in decimal. */
  async openSource(funds: number): Promise<string> {
    const ledger = this.#systems.ledger
    this.#sources += 1n
    const id = TREASURY + this.#sources
    const common = { ledger: LEDGER, code: CODE }
    const limited = { ...common, id, flags: AccountFlags.debits_must_not_exceed_credits }
    expectSuccess(await ledger.createAccounts([{ ...common, id: TREASURY }, limited]))
    const funding = { id, debit_account_id: TREASURY, credit_account_id: id, amount: BigInt(funds) }
    expectSuccess(await ledger.createTransfers([{ ...funding, ...common }]))
    this.#fundings.add(id)
    return id.toString()
  }

  /** Takes the source's money for something else. */
  async spend(source: string, amount: number): Promise<void> {
    const id = BigInt(source) + SPENDING
    const accounts = { debit_account_id: BigInt(source), credit_account_id: TREASURY }
    const spending = { id, ...accounts, amount: BigInt(amount), ledger: LEDGER, code: CODE }
    expectSuccess(await this.#systems.ledger.createTransfers([spending]))
    this.#fundings.add(id)
  }

  /** A ledger account made by account creation, which may go below zero; its UUID. */
  async openAccount(): Promise<string> {
    const uuid = crypto.randomUUID()
    const { status } = await this.#systems.client.send("PUT", `/accounts/${uuid}?wait=10000`)
    if (status !== 201) throw new Error(`Account ${uuid} was not created: ${status}.`)
    return uuid
  }

  async openBankAccount(name: string): Promise<void> {
    await this.#systems.client.send("POST", `/balances/${name}/deposits/opening`, { amount: 1 })
    this.#bankAccounts.add(name)
  }

  async closeBankAccount(name: string): Promise<void> {
    await this.#systems.client.send("PUT", `/balances/${name}`, { closed: true })
  }

  /** Sends it until there is an answer that is not a server's failure. */
  send({ id, fault, ...transfer }: WantedTransfer): Promise<Answer> {
    const headers = fault === undefined ? {} : { "x-belay-fault": fault }
    return this.#systems.client.send("POST", `/ledger-transfers/${id}`, transfer, headers)
  }

  /** What the transfer is now: `processing`, or what it ended as; `undefined` when the answer was something else. */
  async statusOf(id: string): Promise<unknown> {
    const { body } = await this.#systems.client.get(`/ledger-transfers/${id}`)
    return member(body, "status")
  }

  /** The status once it is not `processing` any more. */
  endOf(id: string, timeoutMs = SOON_MS): Promise<unknown> {
    return waitUntil(`the end of ${id}`, timeoutMs, async () => {
      const status = await this.statusOf(id)
      return status === "processing" || status === undefined ? undefined : status
    })
  }

  bankAccount(name: string): Promise<BankAccount> {
    return readBankAccount(this.#systems.client, name)
  }

  /** All accounts of the ledger, past the Worker. */
  ledgerAccounts(): Promise<Account[]> {
    const { ledger } = this.#systems
    return allPages((page) => ledger.queryAccounts({ ledger: LEDGER, ...page }))
  }

  /** All transfers of the ledger, in their order, past the Worker. */
  ledgerTransfers(): Promise<Transfer[]> {
    const { ledger } = this.#systems
    return allPages((page) => ledger.queryTransfers({ ledger: LEDGER, ...page }))
  }

  /** Everything an audit looks at, as it stands now. */
  async books(
    wanted: readonly WantedTransfer[],
    statuses: ReadonlyMap<string, unknown>,
  ): Promise<Books> {
    const bankAccounts = new Map<string, BankAccount>()
    for (const name of this.#bankAccounts) bankAccounts.set(name, await this.bankAccount(name))
    return {
      wanted,
      statuses,
      bankAccounts,
      accounts: await this.ledgerAccounts(),
      transfers: await this.ledgerTransfers(),
      accountOf: (source) => this.#ledgerAccountOf(source),
      fundings: this.#fundings,
    }
  }

  #ledgerAccountOf(source: string): bigint {
    if (/^\d+$/.test(source)) return BigInt(source)
    const [row] = this.#systems.d1("SELECT guid FROM accounts WHERE uuid = ?", source)
    return BigInt(String(row?.["guid"]))
  }
}

/** A bank account with all its entries. */
export async function readBankAccount(client: StubbornClient, name: string): Promise<BankAccount> {
  const entries: BankEntry[] = []
  let after = ""
  for (;;) {
    const { body } = await client.get(`/balances/${name}?limit=1000${after}`)
    entries.push(...(member(body, "entries") as BankEntry[]))
    const next = member(body, "next")
    if (typeof next !== "string") return { balance: Number(member(body, "balance")), entries }
    after = `&after=${encodeURIComponent(next)}`
  }
}

const PAGE = 1_000

/** Everything a query of the ledger finds, read page by page. */
export async function allPages<Item extends { readonly timestamp: bigint }>(
  read: (page: { limit: number; timestamp_min: bigint }) => Promise<Item[]>,
): Promise<Item[]> {
  const items: Item[] = []
  for (;;) {
    const timestamp_min = (items.at(-1)?.timestamp ?? 0n) + 1n
    const page = await read({ limit: PAGE, timestamp_min })
    items.push(...page)
    if (page.length < PAGE) return items
  }
}

function expectSuccess(outcomes: readonly { readonly class: string; readonly status: string }[]) {
  const failed = outcomes.find((outcome) => outcome.class !== "success")
  if (failed !== undefined) throw new Error(`The ledger said ${failed.status}.`)
}
