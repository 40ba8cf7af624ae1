-- Epochs: what a key's first part names. An absent key of an epoch that is whole was never sent.
CREATE TABLE epochs (
    name        text PRIMARY KEY,
    began_at    bigint NOT NULL,
    is_broken   boolean NOT NULL DEFAULT false,
    -- Where the todos of its keys go.
    environment text NOT NULL
);

-- Keys: one row for each key that was ever claimed. The key alone names it.
CREATE TABLE keys (
    key             text PRIMARY KEY,
    -- In which order they came.
    number          bigint GENERATED ALWAYS AS IDENTITY,
    epoch           text NOT NULL,
    state           text NOT NULL CHECK (state IN ('free', 'sending', 'created', 'rejected', 'unknown')),
    -- The last claim: every transition compares it.
    claim           uuid NOT NULL,
    -- Who claimed it, and until when its word is waited for.
    instance        text NOT NULL,
    lease_until     bigint NOT NULL,
    -- Whose it is. No identity: the origin alone was known.
    tenant          text NOT NULL,
    identity        text,
    -- SHA-256 of the content without reporter and assignee.
    digest          bytea NOT NULL CHECK (length(digest) = 32),
    -- The key under which the user has sent it again. It bars claims and is no state.
    replaced_by     text,
    -- What the register of an order shows.
    todo_type       text NOT NULL,
    title           text NOT NULL,
    order_id        text NOT NULL,
    -- Of created: BzCtrl's answer as it came, and its link.
    answer          text,
    task_link       text,
    -- Of rejected: what BzCtrl said.
    upstream_status integer,
    upstream_reason text,
    -- Seconds since 1970, by the database's clock, as all times here.
    claimed_at      bigint NOT NULL,
    decided_at      bigint,
    CHECK (state <> 'created' OR answer IS NOT NULL),
    CHECK (state <> 'rejected' OR upstream_status IS NOT NULL)
);

CREATE INDEX keys_of_an_epoch ON keys (epoch);
CREATE INDEX keys_of_an_order ON keys (tenant, order_id);
CREATE INDEX keys_replaced ON keys (replaced_by) WHERE replaced_by IS NOT NULL;
CREATE INDEX keys_by_state ON keys (state);
CREATE INDEX keys_unfinished ON keys (lease_until) WHERE state = 'sending';

-- Assertions that were used, until none of them would be taken any more. A digest tells nothing of the user.
CREATE TABLE used_assertions (
    digest     bytea PRIMARY KEY CHECK (length(digest) = 32),
    expires_at bigint NOT NULL
);

CREATE INDEX used_assertions_by_expiry ON used_assertions (expires_at);

-- Outbox: what a host's system is to be told, one row for each todo that was created in a tenant with a webhook. It is
-- written in the transaction of the result. What is told of the todo stands in `keys` alone.
CREATE TABLE outbox (
    webhook_id  text PRIMARY KEY,
    number      bigint GENERATED ALWAYS AS IDENTITY,
    key         text NOT NULL UNIQUE,
    tenant      text NOT NULL,
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'told', 'dead')),
    attempts    bigint NOT NULL DEFAULT 0,
    -- When the next attempt may be made, and until when one is under way in one of the instances.
    due_at      bigint NOT NULL,
    taken_until bigint NOT NULL DEFAULT 0,
    -- Why the last attempt failed, in the relay's own words.
    failure     text,
    -- The place in its trace that it is told from: W3C's `traceparent`, if the request for it had one.
    traceparent text,
    written_at  bigint NOT NULL,
    decided_at  bigint
);

CREATE INDEX outbox_waiting ON outbox (tenant, due_at) WHERE state = 'waiting';
CREATE INDEX outbox_dead ON outbox (tenant) WHERE state = 'dead';

-- Resolutions: what an operator has said of a key that was unknown, who it was, and why.
CREATE TABLE resolutions (
    key         text PRIMARY KEY,
    outcome     text NOT NULL CHECK (outcome IN ('created', 'rejected')),
    resolved_by text NOT NULL,
    why         text NOT NULL,
    resolved_at bigint NOT NULL
);

-- The witness: which database this was when somebody last looked. Where that differs, rows may be lost.
CREATE TABLE witness (
    one               boolean PRIMARY KEY DEFAULT true CHECK (one),
    system_identifier text NOT NULL,
    database_oid      bigint NOT NULL,
    timeline          text NOT NULL,
    table_oid         bigint NOT NULL,
    -- How often there was a doubt, the last one, and when anybody last tried whether the store can be written.
    doubts            bigint NOT NULL DEFAULT 0,
    why               text,
    touched_at        bigint NOT NULL
);

-- Shares of what may be asked for in a minute, over all instances. What a crash takes of them was used up in a minute anyway.
CREATE UNLOGGED TABLE shares (
    name    text PRIMARY KEY,
    -- When the share would be whole again, in microseconds since 1970.
    full_at bigint NOT NULL
);
