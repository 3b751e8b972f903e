// Money transfer: the saga's two ways: 50 that arrive, killed before the credit; 75 to a closed account, killed in the
// compensation, twice.

import { member } from "../../support/json-client.ts"
import {
  differences,
  readRun,
  requireStatus,
  type Scene,
  type Stage,
  type Verdict,
} from "../scene.ts"

export class MoneyTransferScene implements Scene {
  readonly system = "money-transfer"
  readonly runs = ["transfer-t1", "transfer-t2"]
  readonly #stage: Stage

  constructor(stage: Stage) {
    this.#stage = stage
  }

  async begin(): Promise<void> {
    const { client } = this.#stage.runtime
    const deposits = [
      ["alice", "seed-alice", 200],
      ["bob", "seed-bob", 1],
      ["carol", "seed-carol", 1],
    ] as const
    for (const [account, opId, amount] of deposits) {
      requireStatus(await client.post(`/balances/${account}/deposits/${opId}`, { amount }), 201)
    }
    requireStatus(await client.put("/balances/carol", { closed: true }), 200)
    const arrives = { source: "alice", target: "bob", amount: 50 }
    const fault = (text: string) => ({ "x-belay-fault": text })
    requireStatus(await client.post("/transfers/t1", arrives, fault("creditTarget:1:hang")), 202)
    const rejected = { source: "alice", target: "carol", amount: 75 }
    const twice = fault("reverseDebit:1:hang,reverseDebit:2:hang")
    requireStatus(await client.post("/transfers/t2", rejected, twice), 202)
  }

  async reached(place: "first" | "second"): Promise<void> {
    const { lines } = this.#stage
    await lines.waitFor("transfer-t1", place === "first" ? "debitSource" : "creditTarget")
    await lines.waitFor("transfer-t2", "creditTarget")
  }

  async check(): Promise<Verdict> {
    const [first, second] = await Promise.all(this.runs.map((run) => readRun(this.#stage, run)))
    const names = ["alice", "bob", "carol"]
    const [alice, bob, carol] = await Promise.all(names.map((name) => this.#account(name)))
    const found = {
      t1: member(first?.result, "status"),
      t2: member(second?.result, "status"),
      alice,
      bob,
      carol,
    }
    const entries = (alice?.entries.length ?? 0) + (bob?.entries.length ?? 0) - 2
    return {
      effects: `${entries} entries beside the deposits, each once`,
      result: `${String(found.t1)}, ${String(found.t2)}`,
      problems: differences(found, {
        t1: "committed",
        t2: "compensated",
        alice: {
          balance: 150,
          entries: ["seed-alice", "t1-debit", "t2-debit", "t2-reversal"],
        },
        bob: { balance: 51, entries: ["seed-bob", "t1-credit"] },
        carol: { balance: 1, entries: ["seed-carol"] },
      }),
    }
  }

  async #account(name: string): Promise<{ balance: unknown; entries: string[] }> {
    const { body } = await this.#stage.runtime.client.get(`/balances/${name}`)
    const entries = member(body, "entries")
    const opIds = Array.isArray(entries)
      ? entries.map((entry) => String(member(entry, "opId")))
      : []
    // Two transfers are under way at once: which of them debits first is theirs.
    const [seed = "", ...others] = opIds
    return { balance: member(body, "balance"), entries: [seed, ...others.sort()] }
  }
}
