// The steps of account creation: mint an id, write the reference row, write the ledger.
// Owns: how each store's answer is classified. Must not touch: which answers halt the run (workflow.ts).
//   S1. Every step may run again after it has taken effect, and then answers as the attempt that did it would have.

import type { StepContext } from "../../engine/workflow/context.ts"
import { NonRetryableError } from "../../engine/errors.ts"
import { businessId } from "../../ledger/deterministic-id.ts"
import type { Ledger } from "../../ledger/ledger.ts"
import { patience } from "../../ledger/patience.ts"
import { logStep } from "../step-log.ts"

/** The ledger and the account code all accounts of this system are made with. */
const LEDGER = 1
const ACCOUNT_CODE = 1

const RANDOM_BYTES = 10
const RANDOM_BITS = 80n

export interface ReferenceOutcome {
  readonly type: "created" | "exists_same" | "exists_diff"
}

/** `isForeign`: the ledger's account was written by somebody else than this run. */
export type RecordOutcome =
  | { readonly type: "created" }
  | { readonly type: "exists_diff"; readonly isForeign: boolean; readonly status: string }

/** A new ledger id as a decimal string: 48 bits of time, then 80 random bits, so that ids sort as they were made. */
export function mintLedgerId(ctx: StepContext): string {
  let random = 0n
  for (const byte of crypto.getRandomValues(new Uint8Array(RANDOM_BYTES))) {
    random = (random << 8n) | BigInt(byte)
  }
  const guid = ((BigInt(Date.now()) << RANDOM_BITS) | random).toString()
  logStep(ctx, "ledger id minted", { guid })
  return guid
}

/** Writes the row that leads from the account's UUID to its ledger id, unless one is there. */
export async function insertReference(
  ctx: StepContext,
  uuid: string,
  guid: string,
): Promise<ReferenceOutcome> {
  const db = ctx.getDependency<D1Database>("db")
  const inserted = await db
    .prepare(
      "INSERT INTO accounts (uuid, guid, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )
    .bind(uuid, guid, new Date().toISOString())
    .run()
  const type = inserted.meta.changes > 0 ? "created" : await existingReference(db, uuid, guid)
  logStep(ctx, "reference row", { uuid, guid, type })
  return { type }
}

async function existingReference(db: D1Database, uuid: string, guid: string) {
  const row = await db
    .prepare("SELECT guid FROM accounts WHERE uuid = ?1")
    .bind(uuid)
    .first<{ guid: string }>()
  return row?.guid === guid ? "exists_same" : "exists_diff"
}

/**
 * Writes the ledger account. A hash of the run's id stands in its user data: an account that exists with the same
 * hash was written by an earlier attempt of this very step, so it counts as created.
 * @throws NonRetryableError `ledger_refused` when the ledger will never take this account.
 */
export async function createLedgerAccount(ctx: StepContext, guid: string): Promise<RecordOutcome> {
  const ledger = ctx.getDependency<Ledger>("ledger")
  const account = {
    id: BigInt(guid),
    ledger: LEDGER,
    code: ACCOUNT_CODE,
    flags: 0,
    user_data_128: await businessId("account-creation", ctx.id),
  }
  const [outcome] = await ledger.createAccounts([account], patience(ctx))
  if (outcome === undefined) throw new Error(`The ledger gave no answer for account ${guid}.`)
  const { status } = outcome
  logStep(ctx, "ledger account", { guid, status })
  switch (outcome.class) {
    case "success":
      return { type: "created" }
    case "conflict":
      return {
        type: "exists_diff",
        isForeign: status === "exists_with_different_user_data_128",
        status,
      }
    case "rejected":
    case "invalid":
      throw new NonRetryableError(`The ledger refused account ${guid}: ${status}.`, {
        code: "ledger_refused",
        details: { guid, status },
      })
  }
}
