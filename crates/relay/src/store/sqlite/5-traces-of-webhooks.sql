-- The place in its trace that a host's system is told of a todo from: W3C's `traceparent`, if the request for it had one.
ALTER TABLE outbox ADD COLUMN traceparent TEXT;
