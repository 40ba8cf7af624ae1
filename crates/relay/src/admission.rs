//! Which pages may ask at all. It runs before any handler: the usual CORS layers only withhold headers, and let the
//! handler of a foreign page's request run.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bzctrl_contract::Code;

use crate::identity::Served;
use crate::peer::{Client, Peer};
use crate::problem::Refusal;
use crate::relay::Relay;
use crate::request_context;

/// The page that asks, admitted: its origin and its tenants. A GET of the relay's own origin has none.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) origin: String,
    /// Those whose page it may be: several only where assertions tell them apart.
    pub(crate) tenants: Vec<Arc<Served>>,
}

impl Page {
    /// Whether it may send cookies: a sign-in proxy before the relay needs them, and a page that says `credentials="include"` for
    /// its own assertions sends them here too.
    fn sends_cookies(&self) -> bool {
        self.tenants.iter().any(|served| served.tenant.identity.verifies())
    }
}

const WIDGET_HEADER: &str = "x-bzctrl-widget";
const ALLOWED_HEADERS: HeaderValue =
    HeaderValue::from_static("authorization, content-type, idempotency-key, x-bzctrl-replaces, x-bzctrl-widget");
const EXPOSED_HEADERS: HeaderValue = HeaderValue::from_static("Retry-After, Idempotency-Replayed, X-Request-Id");

/// Lets requests of admitted pages through, answers preflights, and says on every answer who may read it.
pub(crate) async fn admit(State(relay): State<Arc<Relay>>, mut request: Request, next: Next) -> Response {
    let page = match page(&relay, &request) {
        Ok(page) => page,
        Err(refusal) => {
            // Whoever runs the relay may have to add it.
            tracing::Span::current().record("origin", shown(request.headers()));
            return vary(refusal.into_response());
        }
    };
    if let Some([one]) = page.as_ref().map(|page| &page.tenants[..]) {
        request_context::is_of_tenant(&one.tenant.name);
    }
    let origin = page.as_ref().map(|page| HeaderValue::from_str(&page.origin));
    let cookies = page.as_ref().is_some_and(Page::sends_cookies);
    let mut response = if request.method() == Method::OPTIONS {
        preflight()
    } else if let Some(refusal) = malformed(&request) {
        refusal.into_response()
    } else {
        if let Some(page) = page {
            request.extensions_mut().insert(page);
        }
        let peer = request.extensions().get::<Peer>().copied();
        let client = Client::of(peer, request.headers(), &relay.config.server.trusted_proxies);
        request.extensions_mut().insert(client);
        next.run(request).await
    };
    if let Some(Ok(origin)) = origin {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        response.headers_mut().insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
        if cookies {
            response.headers_mut().insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }
    vary(response)
}

/// What is wrong with a request, whoever sends it.
fn malformed(request: &Request) -> Option<Refusal> {
    if request.method() == Method::POST && header(request.headers(), WIDGET_HEADER) != Some("1") {
        Some(Refusal::new(Code::InvalidRequest, "A POST has the header X-BzCtrl-Widget: 1."))
    } else if has_token(request.uri().query()) {
        Some(Refusal::new(Code::TokenInvalid, "A token does not stand in an address."))
    } else {
        None
    }
}

/// The page, by its origin; none for a GET without one.
fn page(relay: &Relay, request: &Request) -> Result<Option<Page>, Refusal> {
    let mut origins = request.headers().get_all(ORIGIN).iter();
    let origin = match (origins.next(), origins.next()) {
        (None, _) if request.method() == Method::GET => return Ok(None),
        (Some(origin), None) => origin.to_str().unwrap_or_default(),
        _ => return Err(Refusal::new(Code::OriginDenied, "The request has no Origin, or more than one.")),
    };
    match relay.tenants.of_origin(origin) {
        tenants if tenants.is_empty() => {
            Err(Refusal::new(Code::OriginDenied, "No tenant of this relay has this origin."))
        }
        tenants => Ok(Some(Page { origin: origin.to_owned(), tenants })),
    }
}

/// The longest origin that is written into the log, and the longest part of a host's name.
const LONGEST_SHOWN: usize = 100;
const LONGEST_PART: usize = 63;

/// What a request says of its page, as the log has it: as far as it may be an origin.
fn shown(headers: &HeaderMap) -> String {
    let mut origins = headers.get_all(ORIGIN).iter();
    let origin = match (origins.next(), origins.next()) {
        (None, _) => return "none".to_owned(),
        (Some(_), Some(_)) => return "more than one".to_owned(),
        (Some(origin), None) => origin.as_bytes(),
    };
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b":/._-[]".contains(byte);
    let plain: String =
        origin.iter().take(LONGEST_SHOWN).take_while(|byte| is_plain(byte)).copied().map(char::from).collect();
    let is_whole = plain.len() == origin.len();
    let part = |part: &str| if part.len() > LONGEST_PART { "…".to_owned() } else { part.to_owned() };
    plain.split('.').map(part).collect::<Vec<_>>().join(".") + if is_whole { "" } else { "…" }
}

fn preflight() -> Response {
    let headers = [
        (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST")),
        (ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS),
        (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200")),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

fn vary(mut response: Response) -> Response {
    response.headers_mut().insert(VARY, HeaderValue::from_static("Origin"));
    response
}

fn has_token(query: Option<&str>) -> bool {
    const TOKENS: [&str; 3] = ["access_token", "assertion", "token"];
    form_urlencoded::parse(query.unwrap_or_default().as_bytes()).any(|(name, _)| TOKENS.contains(&&*name))
}

/// A header that is there once, as text.
pub(crate) fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_logged_as_far_as_it_may_be_one() {
        let of = |origins: &[&[u8]]| {
            let values = origins.iter().map(|origin| (ORIGIN, HeaderValue::from_bytes(origin).unwrap()));
            shown(&values.collect())
        };
        for plain in [
            "https://a.example",
            "http://[::1]:8080",
            "http://10.1.2.3:8080",
            "null",
            "",
            "https://xn--mnchen-3ya.example",
        ] {
            assert_eq!(of(&[plain.as_bytes()]), plain);
        }
        let (label, token) = ("l".repeat(63), "t".repeat(64));
        assert_eq!(
            of(&[format!("https://{}.example", &label[8..]).as_bytes()]),
            format!("https://{}.example", &label[8..])
        );
        for (origin, shown) in [
            (&b"https://a.example\" level=ERROR"[..], "https://a.example…"),
            (b"https://a.example\xff", "https://a.example…"),
            ("https://\u{202e}a".as_bytes(), "https://…"),
            (format!("https://a.{token}.example").as_bytes(), "https://a.….example"),
        ] {
            assert_eq!(of(&[origin]), shown);
        }
        let long = of(&[format!("https://{}", "a.".repeat(5_000)).as_bytes()]);
        assert!(long.len() < 110 && long.ends_with('…'), "{long}");
        assert_eq!(of(&[]), "none");
        assert_eq!(of(&[b"https://a.example", b"https://b.example"]), "more than one");
    }
}
