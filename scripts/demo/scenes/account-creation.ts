// Account creation: killed between the ledger write and its checkpoint. The proxy before the relay holds the ledger's
// answer back, so the instant is found every time.

import type { HeldReply } from "../../support/holding-proxy.ts"
import { differences, readRun, type Scene, type Stage, type Verdict } from "../scene.ts"

export class AccountCreationScene implements Scene {
  readonly system = "account-creation"
  readonly #uuid = crypto.randomUUID()
  readonly runs = [`create-account-${this.#uuid}`]
  readonly #stage: Stage
  #held: Promise<HeldReply> | undefined

  constructor(stage: Stage) {
    this.#stage = stage
  }

  async begin(): Promise<void> {
    const { client, proxy } = this.#stage.runtime
    this.#held = proxy.holdNextReply("/create_accounts")
    // Whoever asked is cut off by the kill; the run needs nobody to ask again.
    client.put(`/accounts/${this.#uuid}`).catch(() => undefined)
  }

  async reached(place: "first" | "second"): Promise<void> {
    if (place === "first") await this.#held
  }

  killed(): void {
    void this.#held?.then((reply) => reply.lose())
  }

  async check(): Promise<Verdict> {
    const { runtime } = this.#stage
    const { status, result } = await readRun(this.#stage, `create-account-${this.#uuid}`)
    const rows = runtime.d1("SELECT guid FROM accounts WHERE uuid = ?", this.#uuid)
    const guid = String(rows[0]?.["guid"])
    const inLedger = await runtime.relay.ledger.lookupAccounts([BigInt(guid)])
    const [all] = runtime.ledgerRows("SELECT COUNT(*) AS count FROM accounts")
    return {
      effects: `${rows.length} reference row, ${inLedger.length} ledger account`,
      result: `${status}, ${guid.slice(0, 8)}…`,
      problems: differences(
        { status, result, rows: rows.length, accounts: inLedger.length, all: all?.["count"] },
        { status: "completed", result: { uuid: this.#uuid, guid }, rows: 1, accounts: 1, all: 1 },
      ),
    }
  }
}
