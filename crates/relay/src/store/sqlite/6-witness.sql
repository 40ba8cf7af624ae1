-- The witness: how many claims there were, which stands in a file beside this one too, and which file this is. Where the two differ, rows
-- may be lost.
CREATE TABLE witness (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    claims INTEGER NOT NULL,
    file   TEXT NOT NULL
) STRICT;
