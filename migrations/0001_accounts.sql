-- The system of reference for ledger accounts: which ledger id belongs to which account.
-- A row alone does not make an account: the ledger decides whether it exists.
CREATE TABLE accounts (
  uuid TEXT NOT NULL PRIMARY KEY,
  -- The ledger id as a decimal string: 128 bits fit no SQL integer.
  guid TEXT NOT NULL UNIQUE,
  created_at TEXT NOT NULL
);
