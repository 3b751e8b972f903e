// The routes of bank accounts.
// Owns: deposits, balances, opening and closing. Must not touch: transfers, the rules of an account.

import { Hono, type Context as HttpContext } from "hono"
import * as v from "valibot"
import { accountOf } from "../../bank/account-stub.ts"
import { isTransferOpId, type Entry, type RefusalReason } from "../../bank/movement.ts"
import { BelayError } from "../../engine/errors.ts"
import type { SystemEnvironment } from "../host.ts"
import { nameField } from "../fields.ts"
import { checkInput, membersOf, readPage } from "../request-check.ts"
import { accountName, amountField } from "./input.ts"

const depositSchema = v.object({
  account: accountName,
  opId: v.pipe(
    nameField(),
    v.check(
      (opId) => !isTransferOpId(opId),
      "expected an id that does not end in -debit, -credit, -reversal, -payout or -payback, as those of transfers do",
    ),
  ),
  amount: amountField,
})

const closingSchema = v.object({
  account: accountName,
  closed: v.boolean((issue) => `expected true or false, got ${issue.received}`),
})

type Http = HttpContext<SystemEnvironment>

export function accountRoutes(): Hono<SystemEnvironment> {
  const routes = new Hono<SystemEnvironment>()

  routes.post("/balances/:account/deposits/:opId", async (c) => {
    const host = c.get("host")
    const body = membersOf(await host.readBody(c.req.raw))
    const { account, opId, amount } = checkInput(depositSchema, {
      ...body,
      account: host.pathSegment(c.req.raw, 1),
      opId: host.pathSegment(c.req.raw, 3),
    })
    const answer = await accountOf(c.env.ACCOUNTS, account).deposit(opId, amount)
    if (answer.outcome === "refused") throw depositRefused(answer.reason, account, opId)
    const { balance, isNew } = answer
    return c.json({ account, opId, amount, balance }, isNew ? 201 : 200)
  })

  routes.get("/balances/:account", async (c) => {
    const account = accountOfPath(c)
    const { after, limit } = readPage(c.req.raw)
    const page = await accountOf(c.env.ACCOUNTS, account).page(after, limit)
    switch (page.kind) {
      case "unknown_account":
        throw accountUnknown(account)
      case "unknown_after":
        throw new BelayError(
          "invalid_request",
          `after: account '${account}' has no entry '${after}'.`,
          {
            fields: ["after"],
          },
        )
      case "page": {
        const { state, entries, hasMore } = page
        const next = hasMore ? { next: entries.at(-1)?.opId } : {}
        return c.json({ account, ...state, entries: entries.map(entryView), ...next })
      }
    }
  })

  routes.put("/balances/:account", async (c) => {
    const body = membersOf(await c.get("host").readBody(c.req.raw))
    const { account, closed } = checkInput(closingSchema, { ...body, account: accountOfPath(c) })
    const state = await accountOf(c.env.ACCOUNTS, account).setClosed(closed)
    if (state === undefined) throw accountUnknown(account)
    return c.json({ account, ...state })
  })

  return routes
}

export function accountUnknown(account: string): BelayError {
  return new BelayError(
    "state_unknown",
    `There is no account '${account}'; the first deposit to it creates it.`,
    { account },
  )
}

function accountOfPath(c: Http): string {
  return c.get("host").pathSegment(c.req.raw, 1)
}

function entryView({ opId, amount, note, atMs }: Entry) {
  return { opId, amount, note, at: new Date(atMs).toISOString() }
}

function depositRefused(reason: RefusalReason, account: string, opId: string): BelayError {
  switch (reason) {
    case "conflict":
      return new BelayError(
        "run_conflict",
        `Deposit '${opId}' to account '${account}' was made with another amount; give a new deposit a new id.`,
        { account, opId },
      )
    case "limit":
      return new BelayError(
        "invalid_request",
        `amount: the balance of account '${account}' would pass ${Number.MAX_SAFE_INTEGER}.`,
        { fields: ["amount"] },
      )
    default:
      return new BelayError(
        "wrong_status",
        `Account '${account}' is closed and takes no deposit.`,
        {
          account,
          status: "closed",
        },
      )
  }
}
