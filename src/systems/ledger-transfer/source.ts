// The source of a ledger transfer: from the name a caller gives to the id the ledger knows.
// Owns: the way through the reference. Must not touch: whether the ledger has the account (the ledger decides).

import { UUID } from "./input.ts"

/** The ledger account id; `undefined` for a UUID that the reference does not have. */
export async function sourceIdOf(db: D1Database, source: string): Promise<bigint | undefined> {
  if (!UUID.test(source)) return BigInt(source)
  const row = await db
    .prepare("SELECT guid FROM accounts WHERE uuid = ?1")
    .bind(source)
    .first<{ guid: string }>()
  return row === null ? undefined : BigInt(row.guid)
}
