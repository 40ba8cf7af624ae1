-- Outbox: what a host's system is to be told, one row for each todo that was created in a tenant with a webhook. It is
-- written in the transaction of the result. What is told of the todo stands in `keys` alone.
CREATE TABLE outbox (
    webhook_id TEXT PRIMARY KEY,
    key        TEXT NOT NULL UNIQUE,
    tenant     TEXT NOT NULL,
    state      TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'told', 'dead')),
    attempts   INTEGER NOT NULL DEFAULT 0,
    -- When the next attempt may be made. Seconds since 1970, as all that follow.
    due_at     INTEGER NOT NULL,
    -- Why the last attempt failed, in the relay's own words.
    failure    TEXT,
    written_at INTEGER NOT NULL,
    decided_at INTEGER
) STRICT;

CREATE INDEX outbox_waiting ON outbox (tenant, due_at) WHERE state = 'waiting';
CREATE INDEX outbox_dead ON outbox (tenant) WHERE state = 'dead';

-- Resolutions: what an operator has said of a key that was unknown, who it was, and why.
CREATE TABLE resolutions (
    key         TEXT PRIMARY KEY,
    outcome     TEXT NOT NULL CHECK (outcome IN ('created', 'rejected')),
    resolved_by TEXT NOT NULL,
    why         TEXT NOT NULL,
    resolved_at INTEGER NOT NULL
) STRICT;
