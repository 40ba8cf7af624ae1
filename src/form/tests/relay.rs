//! A relay that keeps the protocol's rows, and a BzCtrl that counts. What becomes of a request is in the hands of chance.

use std::collections::BTreeMap;

use bzctrl_contract::{Code, CreatedTodo, Field, Json, Mode, Outcome, Problem, UpstreamAnswer};

use crate::form::event::Request;
use crate::form::submit::{Answer, Reply};

/// What becomes of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// All goes well.
    Made,
    /// It never arrives.
    LostBefore,
    /// The answer never arrives.
    LostAfter,
    /// A proxy's page comes instead of the answer.
    Html,
    /// Half an answer comes.
    NoLink,
    /// BzCtrl says no.
    Refused,
    /// BzCtrl made it, and nobody learns of it.
    UnknownMade,
    /// BzCtrl made nothing, and nobody learns of it.
    UnknownNot,
    /// BzCtrl is not reached.
    Unavailable,
    /// BzCtrl refuses the account.
    Credentials,
    /// It is being sent, and the answer is too slow.
    Slow,
    /// The token is no longer good.
    TokenExpired,
    /// Too many at once.
    Busy,
    /// The relay asks for corrections.
    Invalid,
    /// The relay does not admit the page.
    Denied,
    /// The sign-in has ended.
    Redirect,
    /// The page's own policy forbids it.
    Blocked,
    /// The browser is offline.
    Offline,
}

const FATES: [Fate; 18] = [
    Fate::Made,
    Fate::LostBefore,
    Fate::LostAfter,
    Fate::Html,
    Fate::NoLink,
    Fate::Refused,
    Fate::UnknownMade,
    Fate::UnknownNot,
    Fate::Unavailable,
    Fate::Credentials,
    Fate::Slow,
    Fate::TokenExpired,
    Fate::Busy,
    Fate::Invalid,
    Fate::Denied,
    Fate::Redirect,
    Fate::Blocked,
    Fate::Offline,
];

impl Fate {
    pub(super) fn of(chance: u16) -> Self {
        FATES[usize::from(chance) % FATES.len()]
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Row {
    Free,
    Sending { made: bool },
    Unknown,
    Created(String),
    Rejected,
}

#[derive(Debug)]
struct Known {
    row: Row,
    content: String,
    replaced_by: Option<String>,
}

/// The relay, and BzCtrl behind it.
#[derive(Debug, Default)]
pub(super) struct Relay {
    rows: BTreeMap<String, Known>,
    /// Epochs whose absent keys it cannot vouch for.
    broken_epochs: Vec<String>,
    epoch: u32,
    /// How many todos BzCtrl has made.
    pub(super) made: u32,
}

/// What a request said, but for the addresses, which are filled anew after a reload.
pub(super) fn content(request: &Request) -> String {
    let todo = &request.todo;
    let without = todo.values().filter(|(field, _)| !matches!(field, Field::Reporter | Field::Assignee));
    Json::Object(without.map(|(field, value)| (field.wire().to_owned(), value.into())).collect()).write()
}

fn answer(answer: Answer) -> Reply {
    Reply::Answer(Box::new(answer))
}

fn told(code: Code, more: Problem) -> Reply {
    let problem = Problem { code: code.as_str().to_owned(), ..more };
    answer(Answer { status: code.status(), problem: Some(problem), ..Answer::default() })
}

fn problem(code: Code) -> Reply {
    told(code, Problem::default())
}

fn created(status: u16, link: &str, replayed: bool) -> Reply {
    let todo = CreatedTodo { title: Some("T".to_owned()), task_link: Some(link.to_owned()), ..CreatedTodo::default() };
    answer(Answer { status, todo: Some(todo), replayed, ..Answer::default() })
}

fn html() -> Reply {
    answer(Answer { status: 502, text: "<h1>Bad gateway</h1>".to_owned(), ..Answer::default() })
}

impl Relay {
    pub(super) fn epoch(&self) -> String {
        format!("e{}", self.epoch)
    }

    /// The store was put back: of no key that is absent can it say anything, and what was free is unknown.
    pub(super) fn is_restored(&mut self) {
        self.broken_epochs.push(self.epoch());
        self.epoch += 1;
        self.rows.values_mut().filter(|known| known.row == Row::Free).for_each(|known| known.row = Row::Unknown);
    }

    /// What was being sent comes to its end: at a restart nobody learns how.
    pub(super) fn settles(&mut self, restarts: bool) {
        for known in self.rows.values_mut() {
            if let Row::Sending { made } = known.row {
                known.row = match (restarts, made) {
                    (true, _) => Row::Unknown,
                    (false, true) => Row::Created("https://bzctrl.example/late".to_owned()),
                    (false, false) => Row::Rejected,
                };
            }
        }
    }

    fn makes(&mut self) -> String {
        self.made += 1;
        format!("https://bzctrl.example/{}", self.made)
    }

    /// What a request leads to: the answer, and whether BzCtrl made a todo of it.
    pub(super) fn takes(&mut self, request: &Request, fate: Fate) -> (Reply, bool) {
        let before = self.made;
        let reply = match fate {
            Fate::LostBefore => Reply::Nothing,
            Fate::Blocked => Reply::Blocked,
            Fate::Offline => Reply::Offline,
            Fate::Redirect => Reply::Redirect,
            _ if request.mode == Mode::Token => self.bzctrl_takes(fate),
            _ => self.relay_takes(request, fate),
        };
        (reply, self.made > before)
    }

    fn bzctrl_takes(&mut self, fate: Fate) -> Reply {
        match fate {
            Fate::Made => created(200, &self.makes(), false),
            Fate::NoLink => {
                self.makes();
                created(200, "javascript:alert(1)", false)
            }
            Fate::LostAfter | Fate::UnknownMade | Fate::Slow => {
                self.makes();
                Reply::Nothing
            }
            Fate::Html => {
                self.makes();
                html()
            }
            Fate::TokenExpired => answer(Answer { status: 401, ..Answer::default() }),
            Fate::Busy => answer(Answer { status: 429, ..Answer::default() }),
            Fate::UnknownNot | Fate::Unavailable | Fate::Credentials => html(),
            _ => answer(Answer { status: 400, text: "no".to_owned(), ..Answer::default() }),
        }
    }

    fn relay_takes(&mut self, request: &Request, fate: Fate) -> Reply {
        match fate {
            Fate::TokenExpired => return problem(Code::TokenExpired),
            Fate::Denied => return problem(Code::OriginDenied),
            _ => {}
        }
        let Some(key) = request.key.as_ref().map(|key| key.as_str().to_owned()) else {
            return problem(Code::KeyInvalid);
        };
        let content = content(request);
        if let Some(reply) = self.knows(&key, Some(&content)) {
            return lost(fate, reply);
        }
        let absent = !self.rows.contains_key(&key);
        let epoch = key.split('.').next().unwrap_or_default().to_owned();
        if absent && self.broken_epochs.contains(&epoch) {
            return lost(fate, problem(Code::KeyUnknown));
        }
        match fate {
            Fate::Busy => return problem(Code::RateLimited),
            Fate::Invalid => return problem(Code::InvalidTask),
            _ => {}
        }
        if let Some(old) = request.replaces.as_ref().map(|key| key.as_str().to_owned()).filter(|old| *old != key) {
            match self.rows.get_mut(&old) {
                Some(known) if known.row == Row::Unknown && known.replaced_by.as_ref().is_none_or(|by| *by == key) => {
                    known.replaced_by = Some(key.clone());
                }
                Some(known) if known.row != Row::Free => {
                    return lost(fate, self.knows(&old, None).unwrap_or_else(|| problem(Code::Internal)));
                }
                _ => {}
            }
        }
        let (row, reply) = match fate {
            Fate::Unavailable => (Row::Free, problem(Code::UpstreamUnavailable)),
            Fate::Credentials => (Row::Free, problem(Code::UpstreamCredentials)),
            Fate::Refused => (Row::Rejected, rejected()),
            Fate::UnknownMade => {
                self.makes();
                (Row::Unknown, problem(Code::OutcomeUnknown))
            }
            Fate::UnknownNot => (Row::Unknown, problem(Code::OutcomeUnknown)),
            Fate::Slow => {
                let made = self.rows.len().is_multiple_of(2);
                if made {
                    self.makes();
                }
                (Row::Sending { made }, Reply::Nothing)
            }
            Fate::NoLink => {
                self.makes();
                (Row::Created("nowhere".to_owned()), created(201, "nowhere", false))
            }
            _ => {
                let link = self.makes();
                (Row::Created(link.clone()), created(201, &link, false))
            }
        };
        self.rows.insert(key, Known { row, content, replaced_by: None });
        lost(fate, reply)
    }

    /// What the row of a key says; `None` if it is free or absent.
    fn knows(&self, key: &str, content: Option<&str>) -> Option<Reply> {
        let known = self.rows.get(key)?;
        let link = if let Row::Created(link) = &known.row { Some(link.clone()) } else { None };
        if known.row != Row::Free && content.is_some_and(|content| content != known.content) {
            return Some(told(Code::KeyReused, Problem { task_link: link, ..Problem::default() }));
        }
        match &known.row {
            Row::Free => None,
            Row::Sending { .. } => Some(problem(Code::InProgress)),
            Row::Created(link) => Some(created(201, link, true)),
            Row::Rejected => Some(rejected()),
            Row::Unknown => Some(match &known.replaced_by {
                None => problem(Code::OutcomeUnknown),
                Some(by) => {
                    let by = self
                        .rows
                        .get(by)
                        .and_then(|by| if let Row::Created(link) = &by.row { Some(link.clone()) } else { None });
                    let replaced_by = Some(Outcome { outcome: "unknown".to_owned(), task_link: by });
                    told(Code::KeyReplaced, Problem { replaced_by, ..Problem::default() })
                }
            }),
        }
    }
}

fn rejected() -> Reply {
    let upstream = Some(UpstreamAnswer { status: 422, reason: "no".to_owned() });
    told(Code::UpstreamRejected, Problem { upstream, ..Problem::default() })
}

/// On its way back the answer may be lost.
fn lost(fate: Fate, reply: Reply) -> Reply {
    match fate {
        Fate::LostAfter => Reply::Nothing,
        Fate::Html => html(),
        _ => reply,
    }
}
