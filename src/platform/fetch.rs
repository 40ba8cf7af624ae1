//! Requests. They go by the page's own `fetch`, in the form that every page's wrapper of it knows, an address and options;
//! gloo-net reads the headers of what comes back. It may reject with anything, answer with no answer, or never.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use bzctrl_contract::{Field, Json, Mode, TokenAnswer};
use gloo_net::http::Headers;
use js_sys::{Function, Object, Promise, encode_uri_component};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Document, Event, Response, ResponseType, Url};

use super::{clock, locale, member, object, set_member, tell_developer, window};
use crate::config::Credentials;
use crate::form::answer::{self, Received};
use crate::form::event::{KnownQuery, KnownTodo, Request};
use crate::form::submit::{NoToken, Notice, Reply};

pub(super) const TOKEN_TIMEOUT_MS: u32 = 15_000;
/// Longer than a relay waits for BzCtrl, so that its verdict comes through.
const TASK_TIMEOUT_MS: u32 = 40_000;

/// RFC 7523's grant.
const BY_ASSERTION: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";

/// To the page's own origin alone: what `fetch` does by itself.
const OWN_ORIGIN: &str = "same-origin";
/// BzCtrl itself, and what is the same for everybody, get no cookies.
const NO_COOKIES: &str = "omit";

pub(super) fn cookies(credentials: Credentials) -> &'static str {
    match credentials {
        Credentials::OwnOrigin => OWN_ORIGIN,
        Credentials::Include => "include",
    }
}

/// The same for an address that the relay states. Another origin than the relay's would take the user's cookies for the user's word,
/// and a page that embeds the widget lends nobody its own.
fn cookies_of_relay(credentials: Credentials, endpoint: &str, token_endpoint: &str) -> &'static str {
    let origin = |address| Url::new(address).map(|address| address.origin()).ok();
    if origin(endpoint) == origin(token_endpoint) { cookies(credentials) } else { NO_COOKIES }
}

/// An address, absolute: against a base, as the page's own are. `None` if it is none.
pub(super) fn absolute(address: &str, base: &str) -> Option<String> {
    Url::new_with_base(address, base).map(|address| address.href()).ok()
}

/// An address that the page states, absolute. A path is one of the page's own host, whatever its `<base>` says. A frame without an
/// origin of its own has that host in its address, or in its parent's.
pub(super) fn of_page(address: &str) -> String {
    let Some(window) = window() else { return address.to_owned() };
    let of = |of, name| member(&member(&window, of), name);
    let bases = [member(&window, "origin"), of("location", "href"), of("document", "baseURI")];
    let bases = if address.starts_with('/') { &bases[..] } else { &bases[2..] };
    let absolute = bases.iter().find_map(|base| absolute(address, &base.as_string()?));
    absolute.unwrap_or_else(|| address.to_owned())
}

/// A token from the relay, or what hinders it.
pub(super) async fn token(
    endpoint: &str,
    credentials: Credentials,
    assertion: Option<String>,
) -> Result<Box<TokenAnswer>, NoToken> {
    let form = match assertion {
        // Its letters stand in a form as they are.
        Some(assertion) => [BY_ASSERTION, &assertion].concat(),
        None => "grant_type=client_credentials".to_owned(),
    };
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), TO_RELAY];
    match send(endpoint, cookies(credentials), &headers, Some(&form), TOKEN_TIMEOUT_MS).await {
        Exchange::Whole(received) => answer::token(&received),
        Exchange::Redirect => Err(Notice::SignedOut.into()),
        Exchange::CutOff => Err(Notice::NoRelay.into()),
        Exchange::Blocked => Err(Notice::Blocked.into()),
        Exchange::Nothing => {
            let notice = if is_kept_from_page(endpoint).await {
                Notice::NotAdmitted
            } else if is_online() {
                Notice::NoRelay
            } else {
                Notice::Offline
            };
            Err(notice.into())
        }
    }
}

/// Whether the relay answers, and the browser keeps that from the page: then its origin is probably not admitted. The relay's
/// files are open to every origin, so they tell the relay from what stands between. A network that loses the token endpoint's
/// answers loses the one that no page can read, too.
async fn is_kept_from_page(endpoint: &str) -> bool {
    let Some(manifest) = absolute("../widget/v1/manifest.json", endpoint) else { return false };
    let files = send(&manifest, NO_COOKIES, &[], None, TOKEN_TIMEOUT_MS).await;
    // Without the header of a page that asks no token is given.
    matches!(files, Exchange::Whole(Received { status: 200..=299, .. }))
        && within(TOKEN_TIMEOUT_MS, answers(endpoint, "POST")).await == Some(true)
}

/// Whether anything is answered there, readable for this page or not.
async fn answers(address: &str, method: &str) -> bool {
    let options = options(&[("mode", "no-cors".into()), ("method", method.into())]);
    fetch(address, &options).await.is_some()
}

/// What comes in so many ms, if it does.
pub(super) async fn within<T>(ms: u32, coming: impl Future<Output = T>) -> Option<T> {
    let (mut coming, mut too_long) = (pin!(coming), pin!(clock::sleep(ms)));
    let first = poll_fn(|context| match coming.as_mut().poll(context) {
        Poll::Ready(came) => Poll::Ready(Some(came)),
        Poll::Pending => too_long.as_mut().poll(context).map(|()| None),
    });
    first.await
}

/// Whether the browser believes to be online. Some are wrong where a network has no way out.
pub(super) fn is_online() -> bool {
    window().is_none_or(|window| member(&member(&window, "navigator"), "onLine").as_bool() != Some(false))
}

/// What shows a relay that a page of an admitted origin asks. BzCtrl itself gets no header that it has not documented.
const TO_RELAY: (&str, &str) = ("X-BzCtrl-Widget", "1");

/// Where todos go. What the token answer says is relative to the token endpoint.
fn endpoint(request: &Request, token_endpoint: &str) -> Option<String> {
    if request.of_page { Some(of_page(&request.endpoint)) } else { absolute(&request.endpoint, token_endpoint) }
}

/// Sends a todo and reads what comes back.
pub(super) async fn task(request: &Request, token_endpoint: &str, credentials: Credentials) -> Reply {
    let Some(endpoint) = endpoint(request, token_endpoint) else { return Reply::Unsent };
    let bearer = ["Bearer ", &request.token].concat();
    let (key, replaces) = (request.key.as_ref().map(|key| key.to_header()), request.replaces.as_ref());
    let replaces = replaces.map(|key| key.to_header());
    let mut headers = vec![("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let sealed = request.mode == Mode::Sealed;
    if sealed {
        headers.push(TO_RELAY);
    }
    headers.extend(key.as_deref().map(|key| ("Idempotency-Key", key)));
    headers.extend(replaces.as_deref().map(|key| ("X-BzCtrl-Replaces", key)));
    let cookies = match (sealed, request.of_page) {
        (false, _) => NO_COOKIES,
        (true, true) => cookies(credentials),
        (true, false) => cookies_of_relay(credentials, &endpoint, token_endpoint),
    };
    // Of what a browser offline is given nobody would know whether it has left. Where it is wrong, anything is answered.
    if !is_online() && !answers(&endpoint, "GET").await {
        return Reply::Offline;
    }
    match send(&endpoint, cookies, &headers, Some(&Json::from(&request.todo).write()), TASK_TIMEOUT_MS).await {
        Exchange::Whole(received) => Reply::Answer(Box::new(answer::task(received))),
        Exchange::Redirect => Reply::Redirect,
        Exchange::Blocked => Reply::Blocked,
        Exchange::CutOff | Exchange::Nothing => Reply::Nothing,
    }
}

/// What the relay knows of an order, if it says.
pub(super) async fn known(
    query: &KnownQuery,
    token_endpoint: &str,
    credentials: Credentials,
    language: &str,
) -> Option<Vec<KnownTodo>> {
    let endpoint = absolute(&query.endpoint, token_endpoint)?;
    let order = String::from(encode_uri_component(&query.order_id));
    let mark = if endpoint.contains('?') { "&" } else { "?" };
    let list = [&endpoint, mark, Field::OrderId.wire(), "=", &order].concat();
    let bearer = ["Bearer ", &query.token].concat();
    let headers = [("Authorization", bearer.as_str()), TO_RELAY];
    match send(&list, cookies_of_relay(credentials, &endpoint, token_endpoint), &headers, None, TOKEN_TIMEOUT_MS).await
    {
        Exchange::Whole(received) => {
            let mut known = answer::known(&received);
            known.iter_mut().for_each(|todo| todo.sent_at = locale::time(&todo.sent_at, language));
            Some(known)
        }
        _ => None,
    }
}

/// What came of a request.
pub(super) enum Exchange {
    /// A whole answer.
    Whole(Received),
    /// A redirect, which is not followed.
    Redirect,
    /// The answer began to come.
    CutOff,
    /// The page's own policy forbids it: nothing was sent.
    Blocked,
    /// No answer.
    Nothing,
}

/// Sends, and waits for the whole answer as long as it may take. What has a body is a POST.
pub(super) async fn send(
    address: &str,
    cookies: &str,
    its_headers: &[(&str, &str)],
    its_body: Option<&str>,
    timeout_ms: u32,
) -> Exchange {
    let controller = AbortController::new().ok();
    let text = JsValue::from_str;
    let signal = controller.as_ref().map(|controller| controller.signal().into()).unwrap_or_default();
    let (method, body) = its_body.map_or(("GET", JsValue::UNDEFINED), |body| ("POST", text(body)));
    // A plain object: wrappers spread it into another with a header of their own, and lose any other kind.
    let pairs: Vec<_> = its_headers.iter().map(|(name, value)| (*name, text(value))).collect();
    let headers = if pairs.is_empty() { JsValue::UNDEFINED } else { object(&pairs).into() };
    let options = options(&[
        ("method", text(method)),
        ("headers", headers),
        ("body", body),
        ("credentials", text(cookies)),
        ("cache", text("no-store")),
        ("redirect", text("manual")),
        ("signal", signal),
    ]);
    let policy = Policy::watch();
    // Whatever becomes of the signal on its way through the page's own `fetch`.
    let came = within(timeout_ms, exchange(address, &options)).await.unwrap_or_else(|| {
        if let Some(controller) = controller {
            controller.abort();
        }
        Exchange::Nothing
    });
    match came {
        Exchange::Nothing if policy.forbids(address).await => Exchange::Blocked,
        came => came,
    }
}

/// The options of a request. They inherit nothing: what a page has given all objects would be options too.
fn options(members: &[(&str, JsValue)]) -> Object {
    let options = Object::create(JsValue::NULL.unchecked_ref::<Object>());
    for (name, value) in members {
        set_member(&options, name, value);
    }
    options
}

/// Hears what the page's own policy forbids, while it lives.
struct Policy {
    document: Option<Document>,
    hears: Closure<dyn Fn(Event)>,
    /// What was forbidden, and by which directive.
    heard: Rc<RefCell<Vec<(String, String)>>>,
}

const VIOLATION: &str = "securitypolicyviolation";

impl Policy {
    fn watch() -> Self {
        let heard = Rc::new(RefCell::new(Vec::new()));
        let notes = heard.clone();
        let hears = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            let text = |name| member(&event, name).as_string().unwrap_or_default();
            // One that is only reported has hindered nothing.
            if text("disposition") != "report" {
                notes.borrow_mut().push((text("blockedURI"), text("effectiveDirective")));
            }
        });
        let document = window().and_then(|window| window.document());
        if let Some(document) = &document {
            drop(document.add_event_listener_with_callback(VIOLATION, hears.as_ref().unchecked_ref()));
        }
        Self { document, hears, heard }
    }

    /// Whether a request that was not answered was forbidden. Browsers say so a little later, some by the origin alone.
    async fn forbids(&self, address: &str) -> bool {
        for _ in 0..3 {
            clock::sleep(0).await;
        }
        let heard = self.heard.borrow();
        let ours = |blocked: &str| {
            !blocked.is_empty()
                && address.strip_prefix(blocked).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let found = heard.iter().find(|(blocked, _)| ours(blocked));
        if let Some((_, directive)) = found {
            tell_developer(&["the page's policy (", directive, ") forbids ", address].concat());
        }
        found.is_some()
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        if let Some(document) = &self.document {
            drop(document.remove_event_listener_with_callback(VIOLATION, self.hears.as_ref().unchecked_ref()));
        }
    }
}

async fn exchange(address: &str, options: &JsValue) -> Exchange {
    let Some(response) = fetch(address, options).await else { return Exchange::Nothing };
    if response.type_() == ResponseType::Opaqueredirect {
        return Exchange::Redirect;
    }
    match read(&response).await {
        Some(received) => Exchange::Whole(received),
        None => Exchange::CutOff,
    }
}

/// The page's own `fetch` may throw at once, or answer with no promise, or with no answer.
async fn fetch(address: &str, options: &JsValue) -> Option<Response> {
    let window = window()?;
    let fetch: Function = member(&window, "fetch").dyn_into().ok()?;
    let promise = Promise::resolve(&fetch.call2(&window, &address.into(), options).ok()?);
    let came = JsFuture::from(promise).await.ok()?;
    // A host's own answer may be of another realm, where `instanceof` says no.
    member(&member(&came, "headers"), "get").is_function().then(|| came.unchecked_into())
}

/// The whole of it. One that breaks off is no answer.
async fn read(response: &Response) -> Option<Received> {
    let headers = Headers::from_raw(response.headers());
    let header = |name| headers.get(name).unwrap_or_default();
    let (content_type, retry_after, replayed) =
        (header("content-type"), header("retry-after"), header("idempotency-replayed"));
    let retry_at = clock::seconds_until(&retry_after);
    let body = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
    Some(Received { status: response.status(), content_type, retry_after, retry_at, replayed, body })
}
