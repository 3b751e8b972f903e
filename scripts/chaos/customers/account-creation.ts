// Who opens accounts: asks for one by a UUID and takes what is answered.

import { member } from "../../support/json-client.ts"
import { allPages } from "../../support/transfer-world.ts"
import {
  begin,
  endsOf,
  readRuns,
  uuidFrom,
  type Audited,
  type Customer,
  type Shop,
  type Visit,
} from "../customer.ts"
import { auditAccounts, type WantedAccount } from "../rules/account-creation.ts"

const LEDGER = 1

/** What account creation gives its accounts. */
const CODE = 1

export class AccountCreationCustomer implements Customer {
  readonly system = "account-creation"
  readonly #shop: Shop
  readonly #wanted: WantedAccount[] = []

  constructor(shop: Shop) {
    this.#shop = shop
  }

  get accepted(): number {
    return this.#wanted.length
  }

  async open(): Promise<void> {}

  async visit(visit: Visit): Promise<void> {
    await this.openAccount(visit)
  }

  /** Its UUID. */
  async openAccount(visit: Visit): Promise<string> {
    const uuid = uuidFrom(visit.random)
    const { body } = await begin(this.#shop.client, visit, {
      method: "PUT",
      path: `/accounts/${uuid}?wait=2000`,
      steps: ["insertReference", "createLedgerAccount"],
    })
    const guid = member(body, "guid")
    this.#wanted.push({ uuid, told: typeof guid === "string" ? guid : undefined })
    return uuid
  }

  async audit(): Promise<Audited> {
    const { client, ledger, d1 } = this.#shop
    const uuids = this.#wanted.map(({ uuid }) => uuid)
    const runs = await readRuns(client, uuids, (uuid) => `create-account-${uuid}`)
    const rows = d1("SELECT uuid, guid FROM accounts").map((row) => ({
      uuid: String(row["uuid"]),
      guid: String(row["guid"]),
    }))
    const accounts = await allPages((page) =>
      ledger.queryAccounts({ ledger: LEDGER, code: CODE, ...page }),
    )
    const ledgerIds = accounts.map(({ id }) => id.toString())
    const findings = auditAccounts({ wanted: this.#wanted, runs, rows, ledgerIds })
    return { findings, runs, ends: endsOf(runs), effects: rows.length + ledgerIds.length, money: 0 }
  }
}
