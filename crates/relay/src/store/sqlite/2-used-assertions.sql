-- Assertions that were used, until none of them would be taken any more. A digest tells nothing of the user.
CREATE TABLE used_assertions (
    digest     BLOB PRIMARY KEY CHECK (length(digest) = 32),
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX used_assertions_by_expiry ON used_assertions (expires_at);
