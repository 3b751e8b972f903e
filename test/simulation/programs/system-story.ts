// System story: the seven systems and the ledger transfer, with the people who use them.
// Owns: what is drawn: which of them, with what, when. Must not touch: what must hold in the end (system-audit.ts).

import { DatabaseService, LedgerService } from "simulation:services"
import type { BankAccountObject } from "../../../src/bank/account-object.ts"
import { encode } from "../../../src/engine/values/codec.ts"
import { createRuns, type RunDoor } from "../../../src/object/runs-client.ts"
import { allPromises } from "../promises/promises.ts"
import type { Choices, Play, SimulatedObject, World } from "../words.ts"
import { asking } from "./asking.ts"
import { doorOf } from "./door.ts"
import { isLateStart } from "./late-start.ts"
import { People, type Start } from "./people.ts"
import { systemApplication } from "./system-application.ts"
import { SystemAudit } from "./system-audit.ts"
import { Watch } from "./watch.ts"

const ACTIVE_MS = 60_000
const CALM_AT_MS = 90_000

/** Longer than a session's idle time, a reservation and every deadline of the systems. */
const END_AT_MS = 3_600_000

const BANK_ACCOUNTS = ["ann", "bob", "cleo"] as const

type Draw = (choices: Choices, n: number) => Start

const uuidOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`

const draws: Readonly<Record<string, Draw>> = {
  account: (_choices, n) => start(`create-account-${uuidOf(n)}`, "createAccount", uuidOf(n)),
  transfer: (choices, n) => {
    const [source, target] = choices.oneOf([
      ["ann", "bob"],
      ["bob", "cleo"],
      ["cleo", "nobody"],
    ])
    const transfer = { transferId: `t${n}`, source, target, amount: choices.between(1, 90) }
    return start(`transfer-t${n}`, "transferMoney", transfer)
  },
  ledgerTransfer: (choices, n) => {
    const given = {
      transferId: `l${n}`,
      source: String(choices.between(1, 2)),
      bankAccount: choices.oneOf(BANK_ACCOUNTS),
      amount: choices.between(1, 90),
      reservationSeconds: choices.oneOf([5, 60, 300]),
    }
    return start(`ledger-transfer-l${n}`, "ledgerTransfer", given)
  },
  order: (choices, n) => {
    const items = [
      {
        sku: choices.oneOf(["widget-001", "gadget-001", "none"]),
        qty: choices.between(1, 3),
        price: 5,
      },
    ]
    return start(`order/${n}`, "processOrder", {
      id: String(n),
      items,
      customer: { id: "c", email: "c@d" },
    })
  },
  lifecycle: (choices, n) => {
    const path = choices.oneOf([undefined, "deliver", "cancel"])
    return start(`order-lifecycle/${n}`, "orderLifecycle", {
      orderId: String(n),
      ...(path === undefined ? {} : { path }),
    })
  },
  purchase: (choices, n) => {
    const windowMs = choices.oneOf([500, 5_000])
    return start(`checkout/${n}`, "oneClickBuy", { itemId: "i", key: String(n), windowMs })
  },
  session: (choices, n) => {
    const activities = Array.from({ length: choices.upTo(3) }, (_, at) => ({ type: `click ${at}` }))
    const idleTimeoutMs = choices.oneOf([2_000, 30_000])
    return start(`session/${n}`, "userSession", {
      sessionId: String(n),
      userId: "u",
      idleTimeoutMs,
      activities,
    })
  },
  projection: (choices, n) => {
    const types = ["SubscriptionActivated", "SubscriptionRenewed"]
    const events = Array.from({ length: choices.upTo(12) }, (_, at) => ({
      eventId: `e${at % 10}`,
      type: choices.oneOf(types),
      timestamp: at,
      payload: {},
    }))
    return start(`projection/${n}`, "projectEvents", `u${n}`, events)
  },
}

function start(id: string, workflow: string, ...input: readonly unknown[]): Start {
  return { id, request: { workflow, input } }
}

/** Code is the same in every world. */
const VERSIONS = [systemApplication(), systemApplication()]

export class SystemStory implements Play {
  readonly versions = VERSIONS
  readonly calmAtMs = CALM_AT_MS
  readonly endAtMs = END_AT_MS
  readonly services: NonNullable<Play["services"]>
  readonly variables = { EYE: undefined, OUTSIDE: undefined }
  readonly #world: World
  readonly #watch: Watch
  readonly #people: People
  readonly #audit: SystemAudit
  readonly #starts: Start[] = []

  constructor(world: World) {
    this.#world = world
    this.#watch = new Watch(world, allPromises({ isChanged: () => false, isDone: () => true }))
    const database = new DatabaseService()
    const ledger = new LedgerService(() => world.nowMs)
    this.services = {
      DATABASE: (request) => database.call(request),
      LEDGER: (request) => ledger.call(request),
    }
    this.#audit = new SystemAudit(world, this.#watch.guard, database, ledger)
    const runs = createRuns((id) => doorOf<RunDoor>(world, "RUNS", id))
    this.#people = new People(runs, this.#watch.guard, world.choices)
    const { choices } = world
    for (let n = 1 + choices.upTo(5); n > 0; n--) {
      const draw = draws[choices.oneOf(Object.keys(draws))]
      if (draw !== undefined) this.#starts.push(draw(choices, n))
    }
  }

  describe(): string {
    return this.#starts.map(({ id, request }) => `${id} ${encode(request.input)}`).join("\n")
  }

  begin(): void {
    for (const name of BANK_ACCOUNTS) this.#fill(name)
    this.#audit.openLedger()
    for (const one of this.#starts) {
      this.#plan(`start ${one.id}`, () => this.#people.start(one))
      if (this.#world.choices.chance(0.4))
        this.#plan(`start ${one.id} again`, () => this.#people.start(one))
      for (let left = this.#world.choices.upTo(4); left > 0; left--) this.#planFor(one)
    }
  }

  committed(object: SimulatedObject): void {
    this.#watch.committed(object)
  }

  expects(thrown: unknown): boolean {
    return isLateStart(thrown)
  }

  atEnd(): void {
    this.#watch.guard.quiet(this.#world.nowMs)
    this.#audit.judge()
  }

  /** Asked again until it is answered, as a person with one op id would. */
  #fill(name: string): void {
    this.#world.act(`deposit to ${name}`, 0, async () => {
      for (let tries = 0; tries < 50; tries++) {
        try {
          await doorOf<DurableObjectStub<BankAccountObject>>(this.#world, "ACCOUNTS", name).deposit(
            "first",
            100,
          )
          return
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 200))
        }
      }
    })
  }

  #planFor({ id, request }: Start): void {
    const { choices } = this.#world
    const people = this.#people
    const key = `key ${choices.upTo(9)}`
    switch (request.workflow) {
      case "oneClickBuy":
        return this.#plan(`cancel ${id}`, () => people.ask(id, "cancel", null, key))
      case "orderLifecycle": {
        const to = choices.oneOf(["confirmed", "shipped", "cancelled", "delivered", "lost"])
        return this.#plan(`${id} becomes ${to}`, () => people.ask(id, "transition", { to }, key))
      }
      case "userSession": {
        const what = choices.chance(0.8) ? "activity" : "logout"
        const value = { type: "typed", id: key }
        return this.#plan(`${what} in ${id}`, () => people.tell(id, what, value, key))
      }
      default:
        if (choices.chance(0.2)) this.#plan(`cancel ${id}`, () => people.operate(id, "cancel"))
        else this.#plan(`look at ${id}`, () => people.look(id))
    }
  }

  #plan(what: string, work: () => Promise<unknown>): void {
    const { choices } = this.#world
    const withinMs = choices.oneOf([0, 500, 5_000, ACTIVE_MS])
    this.#world.act(what, choices.upTo(withinMs), async () => void (await asking(work)))
  }
}
