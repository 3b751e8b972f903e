-- A ledger file as the first version wrote it: its schema, and what nine transfers left behind. Never edited.
-- Accounts 1 and 3 have the flag history. Transfer 11 expired, 12 was posted in part, 13 was voided, 16 failed,
-- 19 still waits.
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

INSERT INTO accounts VALUES (1700000000000000001, '1', '2', '11', '0', '0', '0', '0', 0, 1, 1, 8);
INSERT INTO accounts VALUES (1700000000000000002, '2', '0', '10', '2', '11', '0', '0', 0, 1, 1, 0);
INSERT INTO accounts VALUES (1700000000000000003, '3', '0', '0', '0', '10', '340282366920938463463374607431768211455', '0', 0, 1, 7, 8);
INSERT INTO transfers VALUES (1700000000000000004, '10', '1', '2', '10', '0', '0', '0', 0, 0, 1, 1, 0);
INSERT INTO transfers VALUES (1700000000000000005, '11', '1', '2', '5', '0', '0', '0', 0, 2, 1, 1, 2);
INSERT INTO transfers VALUES (1700000000000000006, '12', '1', '2', '4', '0', '0', '18446744073709551615', 0, 0, 1, 1, 2);
INSERT INTO transfers VALUES (1700000001500000001, '13', '3', '1', '3', '0', '0', '0', 0, 0, 1, 1, 2);
INSERT INTO transfers VALUES (1700000001500000002, '14', '1', '2', '1', '12', '0', '18446744073709551615', 0, 0, 1, 1, 4);
INSERT INTO transfers VALUES (1700000003000000001, '15', '3', '1', '3', '13', '0', '0', 0, 0, 1, 1, 8);
INSERT INTO transfers VALUES (1700000003000000003, '17', '2', '3', '10', '0', '0', '0', 0, 0, 1, 7, 0);
INSERT INTO transfers VALUES (1700000003000000005, '19', '1', '2', '2', '0', '0', '0', 9, 1000000, 1, 1, 2);
INSERT INTO pending_transfers VALUES (1700000000000000005, 'expired', 1700000002000000005);
INSERT INTO pending_transfers VALUES (1700000000000000006, 'posted', NULL);
INSERT INTO pending_transfers VALUES (1700000001500000001, 'voided', NULL);
INSERT INTO pending_transfers VALUES (1700000003000000005, 'pending', 1701000003000000005);
INSERT INTO burned_ids VALUES ('16', 'debit_account_not_found', 1700000003000000002);
INSERT INTO clock VALUES (1, 1700000003000000005);

PRAGMA user_version = 1;
