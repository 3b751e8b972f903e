-- What a session did outside, once each, however often a step was attempted.
CREATE TABLE session_states (
  idempotency_key TEXT NOT NULL PRIMARY KEY,
  session_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'idle', 'expired', 'cleaned_up')),
  entered_at TEXT NOT NULL
);

CREATE INDEX session_states_by_session ON session_states (session_id);

-- The activities themselves: the run's journal is bounded, this table is not, and it is read by pages.
CREATE TABLE session_activities (
  idempotency_key TEXT NOT NULL PRIMARY KEY,
  -- The key of the login that began the session.
  session_key TEXT NOT NULL,
  -- From 1, without gaps.
  seq INTEGER NOT NULL,
  message_id TEXT,
  type TEXT NOT NULL,
  data TEXT NOT NULL,
  recorded_at TEXT NOT NULL,
  UNIQUE (session_key, seq)
);

CREATE TABLE token_revocations (
  idempotency_key TEXT NOT NULL PRIMARY KEY,
  session_id TEXT NOT NULL,
  revoked_at TEXT NOT NULL
);

CREATE INDEX token_revocations_by_session ON token_revocations (session_id);
