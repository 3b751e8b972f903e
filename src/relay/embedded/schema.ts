// The embedded ledger's tables and how an older file is brought up to date.
// Owns: the SQL of the schema. Each migration is applied once, in order, and never edited afterwards.
//   M1. Columns that hold 64- or 128-bit numbers beyond SQLite's signed 64 bits are decimal text.
//   M2. Accounts and transfers are never deleted; transfers are never updated.
import type { DatabaseSync } from "node:sqlite"
import { rebuildHistory } from "./rebuild-history.ts"

interface Migration {
  readonly sql: string
  /** What SQL cannot do with numbers of 128 bits; runs after it, in the same transaction. */
  readonly fill?: (database: DatabaseSync) => void
}

const MIGRATIONS: readonly Migration[] = [
  {
    sql: `
  CREATE TABLE accounts (
    timestamp INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    debits_pending TEXT NOT NULL,
    debits_posted TEXT NOT NULL,
    credits_pending TEXT NOT NULL,
    credits_posted TEXT NOT NULL,
    user_data_128 TEXT NOT NULL,
    user_data_64 TEXT NOT NULL,
    user_data_32 INTEGER NOT NULL,
    ledger INTEGER NOT NULL,
    code INTEGER NOT NULL,
    flags INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE transfers (
    timestamp INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    debit_account_id TEXT NOT NULL,
    credit_account_id TEXT NOT NULL,
    amount TEXT NOT NULL,
    pending_id TEXT NOT NULL,
    user_data_128 TEXT NOT NULL,
    user_data_64 TEXT NOT NULL,
    user_data_32 INTEGER NOT NULL,
    timeout INTEGER NOT NULL,
    ledger INTEGER NOT NULL,
    code INTEGER NOT NULL,
    flags INTEGER NOT NULL
  ) STRICT;

  -- What became of a pending transfer, by the pending transfer's timestamp.
  CREATE TABLE pending_transfers (
    timestamp INTEGER PRIMARY KEY REFERENCES transfers (timestamp),
    state TEXT NOT NULL CHECK (state IN ('pending', 'posted', 'voided', 'expired')),
    expires_at INTEGER
  ) STRICT;

  CREATE INDEX pending_transfers_to_expire ON pending_transfers (expires_at, timestamp)
    WHERE state = 'pending' AND expires_at IS NOT NULL;

  -- Ids that were refused for a reason that depends on the moment: they never become transfers.
  CREATE TABLE burned_ids (
    id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    timestamp INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- The last timestamp given out, so that time never goes back, not even over a restart.
  CREATE TABLE clock (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    last_timestamp INTEGER NOT NULL
  ) STRICT;

  INSERT INTO clock (one, last_timestamp) VALUES (1, 0);
  `,
  },
  {
    sql: `
  -- Balances of accounts with the flag history, right after each transfer that touched them.
  CREATE TABLE account_balances (
    account_timestamp INTEGER NOT NULL REFERENCES accounts (timestamp),
    timestamp INTEGER NOT NULL REFERENCES transfers (timestamp),
    debits_pending TEXT NOT NULL,
    debits_posted TEXT NOT NULL,
    credits_pending TEXT NOT NULL,
    credits_posted TEXT NOT NULL,
    PRIMARY KEY (account_timestamp, timestamp)
  ) STRICT, WITHOUT ROWID;

  -- Each index ends with the row's timestamp by itself, so what it finds is in order already.
  CREATE INDEX transfers_by_debit_account_id ON transfers (debit_account_id);
  CREATE INDEX transfers_by_credit_account_id ON transfers (credit_account_id);
  CREATE INDEX transfers_by_user_data_128 ON transfers (user_data_128) WHERE user_data_128 <> '0';
  CREATE INDEX transfers_by_user_data_64 ON transfers (user_data_64) WHERE user_data_64 <> '0';
  CREATE INDEX transfers_by_user_data_32 ON transfers (user_data_32) WHERE user_data_32 <> 0;
  CREATE INDEX transfers_by_ledger ON transfers (ledger);
  CREATE INDEX transfers_by_code ON transfers (code);
  CREATE INDEX accounts_by_user_data_128 ON accounts (user_data_128) WHERE user_data_128 <> '0';
  CREATE INDEX accounts_by_user_data_64 ON accounts (user_data_64) WHERE user_data_64 <> '0';
  CREATE INDEX accounts_by_user_data_32 ON accounts (user_data_32) WHERE user_data_32 <> 0;
  CREATE INDEX accounts_by_ledger ON accounts (ledger);
  CREATE INDEX accounts_by_code ON accounts (code);
  `,
    fill: rebuildHistory,
  },
]

/** @throws Error when the file was written by a later version. */
export function migrate(database: DatabaseSync): void {
  if (versionOf(database) === MIGRATIONS.length) return
  database.exec("BEGIN IMMEDIATE")
  try {
    // Only now: another process may have been faster.
    const version = versionOf(database)
    if (version > MIGRATIONS.length) {
      throw new Error(
        `The ledger file has schema version ${version}, this relay knows ${MIGRATIONS.length}: use a newer relay.`,
      )
    }
    for (const { sql, fill } of MIGRATIONS.slice(version)) {
      database.exec(sql)
      fill?.(database)
    }
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT;`)
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK")
    throw error
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"])
}
