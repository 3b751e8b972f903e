-- What an order did outside: one charge and one confirmation, however often a step is attempted.
CREATE TABLE charges (
  order_id TEXT NOT NULL PRIMARY KEY,
  charge_id TEXT NOT NULL UNIQUE,
  amount INTEGER NOT NULL,
  charged_at TEXT NOT NULL
);

CREATE TABLE confirmations (
  order_id TEXT NOT NULL PRIMARY KEY,
  email TEXT NOT NULL,
  charge_id TEXT NOT NULL,
  sent_at TEXT NOT NULL
);
