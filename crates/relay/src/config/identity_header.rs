//! Which headers cannot say who a user is: HTTP has another use for them, or pages and browsers send them by themselves.

/// What all of a kind begin with.
const KINDS: [&str; 9] =
    ["accept", "access-control-", "cache-", "content-", "if-", "proxy-", "sec-", "x-bzctrl-", "x-http-"];

const NAMES: [&str; 36] = [
    "age",
    "authorization",
    "connection",
    "cookie",
    "date",
    "dnt",
    "expect",
    "forwarded",
    "host",
    "idempotency-key",
    "keep-alive",
    "last-event-id",
    "max-forwards",
    "origin",
    "pragma",
    "priority",
    "purpose",
    "range",
    "referer",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
    "user-agent",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-real-ip",
    "x-request-id",
    "x-requested-with",
];

/// Whether a header, in small letters, is one of those.
pub(super) fn is_anothers(name: &str) -> bool {
    NAMES.contains(&name) || KINDS.iter().any(|kind| name.starts_with(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sign_in_proxies_send_is_theirs_and_what_http_has_is_not() {
        for theirs in [
            "x-forwarded-email",
            "x-forwarded-user",
            "x-forwarded-preferred-username",
            "x-auth-request-email",
            "x-email",
            "remote-user",
            "remote-email",
            "x-authentik-email",
            "cf-access-authenticated-user-email",
            "x-ms-client-principal-name",
            "from",
        ] {
            assert!(!is_anothers(theirs), "{theirs}");
        }
        for others in
            ["content-length", "user-agent", "connection", "x-forwarded-for", "x-bzctrl-widget", "cookie", "te"]
        {
            assert!(is_anothers(others), "{others}");
        }
        assert!(NAMES.is_sorted() && KINDS.is_sorted());
    }
}
