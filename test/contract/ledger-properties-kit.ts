// What the ledger's properties run on: an embedded ledger whose time stands still until it is moved, in memory or in a
// file; with a file its process ends and begins anew whenever a property says so.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { AccountBalance } from "../../src/ledger/filters.ts"
import type { Account, NewTransfer, Transfer } from "../../src/ledger/records.ts"
import type { TransferOutcome } from "../../src/ledger/status-outcome.ts"
import { ChainLedger } from "../../src/ledger/chain-ledger.ts"
import { EmbeddedLedger, IN_MEMORY } from "../../src/relay/embedded/embedded-ledger.ts"
import { ACCOUNT_IDS, ACCOUNTS, FUND, TRANSFER_IDS } from "./ledger-arbitrary.ts"
import { ManualClock } from "./ledger-manual-clock.ts"

export type Form = "in memory" | "in a file, restarted before each request"

/** How many runs a property gets in each form: a file costs milliseconds for every request. */
export const FORMS: readonly (readonly [Form, number])[] = [
  ["in memory", 80],
  ["in a file, restarted before each request", 6],
]

/** Everything a reader of the ledger can see. */
export interface View {
  readonly accounts: readonly Account[]
  /** Oldest first. */
  readonly transfers: readonly Transfer[]
  readonly histories: readonly (readonly AccountBalance[])[]
  readonly queried: readonly unknown[]
}

export class PropertyLedger {
  readonly #clock = new ManualClock()
  readonly #directory: string | undefined
  #embedded: EmbeddedLedger
  #ledger: ChainLedger

  private constructor(form: Form) {
    this.#directory =
      form === "in memory" ? undefined : mkdtempSync(join(tmpdir(), "belay-properties-"))
    this.#embedded = this.#open()
    this.#ledger = new ChainLedger(this.#embedded)
  }

  /** Runs `body` on a fresh ledger that has `ACCOUNTS` and `FUND`, and cleans up. */
  static async with(form: Form, body: (ledger: PropertyLedger) => Promise<void>): Promise<void> {
    const ledger = new PropertyLedger(form)
    try {
      await ledger.#ledger.createAccounts(ACCOUNTS)
      await ledger.#ledger.createTransfers([FUND])
      await body(ledger)
    } finally {
      ledger.#embedded.close()
      if (ledger.#directory !== undefined) rmSync(ledger.#directory, { recursive: true })
    }
  }

  get ledger(): ChainLedger {
    return this.#ledger
  }

  async send(events: readonly NewTransfer[]): Promise<TransferOutcome[]> {
    if (this.#directory !== undefined) {
      this.#embedded.close()
      this.#embedded = this.#open()
      this.#ledger = new ChainLedger(this.#embedded)
    }
    return this.#ledger.createTransfers(events)
  }

  advance(seconds: number): Promise<void> {
    return this.#clock.advance(seconds)
  }

  accounts(): Promise<Account[]> {
    return this.#ledger.lookupAccounts(ACCOUNT_IDS)
  }

  /** Looked up by their ids, so that no query is needed; oldest first. */
  async transfers(): Promise<Transfer[]> {
    const found = await this.#ledger.lookupTransfers(TRANSFER_IDS)
    return found.toSorted((one, other) => (one.timestamp < other.timestamp ? -1 : 1))
  }

  async view(): Promise<View> {
    const limit = 1_000
    return {
      accounts: await this.accounts(),
      transfers: await this.transfers(),
      histories: await Promise.all(
        ACCOUNT_IDS.map((account_id) => this.#ledger.getAccountBalances({ account_id, limit })),
      ),
      queried: [
        await this.#ledger.queryTransfers({ limit }),
        await this.#ledger.queryTransfers({ user_data_128: 1n, limit }),
        await this.#ledger.queryAccounts({ code: 2, limit }),
        await this.#ledger.getAccountTransfers({ account_id: 1n, code: 1, limit }),
      ],
    }
  }

  #open(): EmbeddedLedger {
    const path = this.#directory === undefined ? IN_MEMORY : join(this.#directory, "ledger.sqlite")
    return new EmbeddedLedger({ path, now: this.#clock.now })
  }
}
