-- What can be sold, and which order holds how much of it.
CREATE TABLE stock (
  sku TEXT NOT NULL PRIMARY KEY,
  available INTEGER NOT NULL CHECK (available >= 0)
);

INSERT INTO stock (sku, available) VALUES ('widget-001', 1000000), ('gadget-001', 1000000);

CREATE TABLE reservations (
  order_id TEXT NOT NULL,
  sku TEXT NOT NULL,
  qty INTEGER NOT NULL CHECK (qty > 0),
  -- 1 once the quantity is taken off the stock, which happens in the transaction that adds the row.
  taken INTEGER NOT NULL DEFAULT 0,
  reserved_at TEXT NOT NULL,
  PRIMARY KEY (order_id, sku)
);
