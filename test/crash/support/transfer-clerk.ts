// Transfer clerk: sends ledger transfers one by one and keeps a list of them, for the audit at the end.
// Owns: the list, and what is usual about a transfer. Must not touch: faults, and what is right (transfer-audit.ts).

import { member } from "../../../scripts/support/json-client.ts"
import { StubbornClient } from "../../../scripts/support/stubborn-client.ts"
import type { SystemsRuntime } from "../../../scripts/support/systems-runtime.ts"
import { audit, type WantedTransfer } from "../../../scripts/support/transfer-audit.ts"
import { TransferWorld } from "../../../scripts/support/transfer-world.ts"

const BANK_ACCOUNT = "bank"
const AMOUNT = 30

export class TransferClerk {
  readonly world: TransferWorld
  readonly #systems: SystemsRuntime
  readonly #source: string
  readonly #wanted: WantedTransfer[] = []

  static async start(systems: SystemsRuntime): Promise<TransferClerk> {
    const world = new TransferWorld({
      client: new StubbornClient(systems.client),
      ledger: systems.relay.ledger,
      d1: (query, ...values) => systems.d1(query, ...values),
    })
    await world.openBankAccount(BANK_ACCOUNT)
    return new TransferClerk(systems, world, await world.openSource(1_000_000))
  }

  private constructor(systems: SystemsRuntime, world: TransferWorld, source: string) {
    this.#systems = systems
    this.world = world
    this.#source = source
  }

  /** Resolves when the start is accepted; what is not given is as usual. */
  async send(id: string, given: Partial<WantedTransfer> = {}): Promise<void> {
    const usual = { id, source: this.#source, bankAccount: BANK_ACCOUNT, amount: AMOUNT }
    const transfer = { ...usual, ...given }
    this.#wanted.push(transfer)
    const { status, body } = await this.world.send(transfer)
    if (status !== 202) throw new Error(`${id}: ${status} ${JSON.stringify(body)}`)
  }

  /** Attempts of each of the transfer's steps, by the step's name. */
  async attemptsOf(id: string): Promise<Record<string, number>> {
    const { body } = await this.#systems.client.get(`/v1/runs/ledger-transfer-${id}/journal`)
    const entries = member(body, "entries") as unknown[]
    return Object.fromEntries(
      entries
        .filter((entry) => member(entry, "kind") === "step")
        .map((entry) => [String(member(entry, "name")), Number(member(entry, "attempts"))]),
    )
  }

  /** What is wrong about everything that was sent; nothing when all is well. */
  async findings(): Promise<string[]> {
    const statuses = new Map<string, unknown>()
    for (const { id } of this.#wanted) statuses.set(id, await this.world.statusOf(id))
    return audit(await this.world.books(this.#wanted, statuses))
  }
}
