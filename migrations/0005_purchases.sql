-- How each purchase was decided, once: confirmed with its order, or cancelled.
CREATE TABLE purchases (
  idempotency_key TEXT NOT NULL PRIMARY KEY,
  purchase_key TEXT NOT NULL,
  item_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('PURCHASE_CONFIRMED', 'PURCHASE_CANCELLED')),
  order_id TEXT UNIQUE,
  decided_at TEXT NOT NULL
);

CREATE INDEX purchases_by_key ON purchases (purchase_key);
