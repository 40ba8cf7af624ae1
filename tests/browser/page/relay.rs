//! The other end of the host's `fetch`: it writes down every request, and answers as a test has it answer.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Request, RequestCache, RequestCredentials, RequestInit, RequestRedirect};

use super::todo::some_form_is_unpainted;
use super::{Answer, created, document, stub, token};

/// A request as it was sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// Whether it comes from no cache and follows no redirect.
    pub(crate) is_plain: bool,
    /// Which cookies go with it: `same-origin`, `include`, `omit`.
    pub(crate) credentials: RequestCredentials,
}

impl Sent {
    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The key, as it stands between its quotes.
    pub(crate) fn key(&self) -> &str {
        self.header("idempotency-key").trim_matches('"')
    }
}

/// What answers.
pub(crate) struct Relay {
    sent: RefCell<Vec<Sent>>,
    tokens: RefCell<VecDeque<Answer>>,
    tasks: RefCell<VecDeque<Answer>>,
    usual: RefCell<Answer>,
    files: RefCell<Answer>,
    known: RefCell<Answer>,
    waiting: RefCell<Vec<(Function, Function)>>,
    reading: Cell<usize>,
}

impl Relay {
    pub(super) fn new() -> Rc<Self> {
        let relay = Rc::new(Self {
            sent: RefCell::default(),
            tokens: RefCell::default(),
            tasks: RefCell::default(),
            usual: RefCell::new(created()),
            files: RefCell::new(Answer::Rejects("nothing is there".into())),
            known: RefCell::new(Answer::Rejects("nothing is listed".into())),
            waiting: RefCell::default(),
            reading: Cell::new(0),
        });
        let its = relay.clone();
        // Of the two forms that `fetch` has, this is the one that every page's wrapper knows.
        let fetch =
            Closure::<dyn Fn(String, RequestInit) -> Promise>::new(move |address: String, options: RequestInit| {
                its.clone().fetch(Request::new_with_str_and_init(&address, &options).unwrap())
            });
        stub::replace(&js_sys::global(), "fetch", &fetch.into_js_value());
        relay
    }

    /// How it answers todos from now on, if [`answers`](Self::answers) says nothing else; at first it creates.
    pub(crate) fn always_answers(&self, answer: Answer) {
        *self.usual.borrow_mut() = answer;
    }

    /// How it answers the next todos, one after the other.
    pub(crate) fn answers<const N: usize>(&self, answers: [Answer; N]) {
        self.tasks.borrow_mut().extend(answers);
    }

    /// How it answers the next requests for a token; after them it gives `token-1`, `token-2` …
    pub(crate) fn answers_for_token<const N: usize>(&self, answers: [Answer; N]) {
        self.tokens.borrow_mut().extend(answers);
    }

    /// How it answers for its files.
    pub(crate) fn answers_for_files(&self, answer: Answer) {
        *self.files.borrow_mut() = answer;
    }

    /// How it answers when it is asked what it knows of an order.
    pub(crate) fn knows(&self, answer: Answer) {
        *self.known.borrow_mut() = answer;
    }

    /// The requests for that.
    pub(crate) fn list_requests(&self) -> Vec<Sent> {
        self.sent.borrow().iter().filter(|sent| is_for_list(&sent.url)).cloned().collect()
    }

    /// Answers the oldest request that waits.
    pub(crate) async fn answers_at_last(self: &Rc<Self>, answer: Answer) {
        let (resolve, reject) = self.waiting.borrow_mut().remove(0);
        self.settle(&resolve, &reject, &answer);
        self.settles().await;
    }

    /// The requests for a token.
    pub(crate) fn token_requests(&self) -> Vec<Sent> {
        self.sent.borrow().iter().filter(|sent| is_for_token(&sent.url)).cloned().collect()
    }

    /// The todos that were sent.
    pub(crate) fn todos(&self) -> Vec<Sent> {
        let sent = self.sent.borrow();
        sent.iter().filter(|sent| sent.method == "POST" && !is_for_token(&sent.url)).cloned().collect()
    }

    /// The requests for its files.
    pub(crate) fn file_requests(&self) -> Vec<Sent> {
        self.sent.borrow().iter().filter(|sent| sent.url.contains("/widget/")).cloned().collect()
    }

    /// The only todo that was sent.
    pub(crate) fn todo(&self) -> Sent {
        let mut todos = self.todos();
        assert_eq!(todos.len(), 1, "{todos:?}");
        todos.remove(0)
    }

    /// The keys of the todos that were sent.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.todos().iter().map(|sent| sent.key().to_owned()).collect()
    }

    /// Until nothing moves any more: no request is read, no node changes.
    pub(crate) async fn settles(&self) {
        let (mut quiet, mut seen) = (0, (0, Vec::new()));
        for turns in 0.. {
            if quiet == 5 {
                return;
            }
            assert!(turns < 10_000, "the page does not come to rest");
            stub::turn().await;
            let now = (self.sent.borrow().len(), shown());
            let rests = now == seen && self.reading.get() == 0 && !some_form_is_unpainted();
            quiet = if rests { quiet + 1 } else { 0 };
            seen = now;
        }
    }

    fn fetch(self: Rc<Self>, request: Request) -> Promise {
        self.reading.set(self.reading.get() + 1);
        Promise::new(&mut |resolve, reject| {
            let (relay, request) = (self.clone(), request.clone().unwrap());
            let signal = request.signal();
            spawn_local(async move {
                let sent = read(&request).await;
                let answer = relay.answer(&sent.url);
                relay.sent.borrow_mut().push(sent);
                match answer {
                    Answer::Waits => {
                        let given_up = Closure::once_into_js({
                            let reject = reject.clone();
                            move || reject.call1(&JsValue::UNDEFINED, &"given up".into())
                        });
                        signal.set_onabort(Some(given_up.unchecked_ref()));
                        relay.waiting.borrow_mut().push((resolve, reject));
                    }
                    answer => relay.settle(&resolve, &reject, &answer),
                }
                relay.reading.set(relay.reading.get() - 1);
            });
        })
    }

    fn settle(self: &Rc<Self>, resolve: &Function, reject: &Function, answer: &Answer) {
        match answer.to_js() {
            Ok(response) => {
                self.waits_for_its_body(&response);
                resolve.call1(&JsValue::UNDEFINED, &response)
            }
            Err(with) => reject.call1(&JsValue::UNDEFINED, &with),
        }
        .unwrap();
    }

    /// The page is not at rest while a body is read.
    fn waits_for_its_body(self: &Rc<Self>, response: &JsValue) {
        let (relay, its) = (self.clone(), response.clone());
        let own: Function = stub::get(response, "text").into();
        let text = Closure::once_into_js(move || {
            relay.reading.set(relay.reading.get() + 1);
            let text: Promise = own.call0(&its).unwrap().unchecked_into();
            let read = text.clone();
            spawn_local(async move {
                drop(JsFuture::from(read).await);
                relay.reading.set(relay.reading.get() - 1);
            });
            text
        });
        Reflect::set(response, &"text".into(), &text).unwrap();
    }

    fn answer(&self, url: &str) -> Answer {
        let usual_token = || token(&format!("token-{}", self.token_requests().len() + 1));
        if is_for_token(url) {
            self.tokens.borrow_mut().pop_front().unwrap_or_else(usual_token)
        } else if url.contains("/widget/") {
            self.files.borrow().clone()
        } else if is_for_list(url) {
            self.known.borrow().clone()
        } else {
            self.tasks.borrow_mut().pop_front().unwrap_or_else(|| self.usual.borrow().clone())
        }
    }
}

fn is_for_token(url: &str) -> bool {
    url.ends_with("/token")
}

fn is_for_list(url: &str) -> bool {
    url.contains("?orderID=")
}

async fn read(request: &Request) -> Sent {
    let text = |value: JsValue| value.as_string().unwrap_or_default();
    let headers = Array::from(&request.headers());
    let pairs = headers.iter().map(|pair| pair.unchecked_into::<Array>());
    let headers = pairs.map(|pair| (text(pair.get(0)), text(pair.get(1)))).collect();
    let is_plain = request.cache() == RequestCache::NoStore && request.redirect() == RequestRedirect::Manual;
    let body = text(JsFuture::from(request.text().unwrap()).await.unwrap());
    Sent { method: request.method(), url: request.url(), headers, body, is_plain, credentials: request.credentials() }
}

/// All that is drawn, in every form.
fn shown() -> Vec<JsValue> {
    let dialogs = document().query_selector_all("bzctrl-dialog, bzctrl-form").unwrap();
    let dialogs =
        (0..dialogs.length()).filter_map(|at| dialogs.get(at)?.unchecked_into::<web_sys::Element>().shadow_root());
    dialogs.map(|shadow| stub::get(&shadow, "innerHTML")).collect()
}
