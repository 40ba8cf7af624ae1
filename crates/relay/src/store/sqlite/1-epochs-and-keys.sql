-- Epochs: what a key's first part names. An absent key of an epoch that is whole was never sent.
CREATE TABLE epochs (
    name     TEXT PRIMARY KEY,
    began_at INTEGER NOT NULL,
    broken   INTEGER NOT NULL DEFAULT 0 CHECK (broken IN (0, 1))
) STRICT;

-- Keys: one row for each key that was ever claimed. The key alone names it.
CREATE TABLE keys (
    key             TEXT PRIMARY KEY,
    epoch           TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('free', 'sending', 'created', 'rejected', 'unknown')),
    -- The last claim: every transition compares it.
    claim           TEXT NOT NULL,
    -- Whose it is. No identity: the origin alone was known.
    tenant          TEXT NOT NULL,
    identity        TEXT,
    -- SHA-256 of the content without reporter and assignee.
    digest          BLOB NOT NULL CHECK (length(digest) = 32),
    -- The key under which the user has sent it again. It bars claims and is no state.
    replaced_by     TEXT,
    -- What the register of an order shows.
    todo_type       TEXT NOT NULL,
    title           TEXT NOT NULL,
    order_id        TEXT NOT NULL,
    -- Of created: BzCtrl's answer as it came, and its link.
    answer          TEXT,
    task_link       TEXT,
    -- Of rejected: what BzCtrl said.
    upstream_status INTEGER,
    upstream_reason TEXT,
    -- Seconds since 1970.
    claimed_at      INTEGER NOT NULL,
    decided_at      INTEGER,
    CHECK (state <> 'created' OR answer IS NOT NULL),
    CHECK (state <> 'rejected' OR upstream_status IS NOT NULL)
) STRICT;

CREATE INDEX keys_of_an_epoch ON keys (epoch);
CREATE INDEX keys_of_an_order ON keys (tenant, order_id);
CREATE INDEX keys_replaced ON keys (replaced_by) WHERE replaced_by IS NOT NULL;
CREATE INDEX keys_unfinished ON keys (state) WHERE state = 'sending';
