-- Where the todos of an epoch's keys go. None: it was given out before this was written down, and is good for whichever there is.
ALTER TABLE epochs ADD COLUMN environment TEXT;
