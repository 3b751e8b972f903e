-- Every state an order entered, once, however often the step was attempted.
CREATE TABLE order_transitions (
  idempotency_key TEXT NOT NULL PRIMARY KEY,
  order_id TEXT NOT NULL,
  from_state TEXT,
  to_state TEXT NOT NULL,
  entered_at TEXT NOT NULL
);

CREATE INDEX order_transitions_by_order ON order_transitions (order_id);
