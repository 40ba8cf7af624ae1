//! The other side: a relay that keeps the protocol's rows, and a BzCtrl that knows what it has really made.

use std::collections::BTreeMap;

use bzctrl_contract::Code;

use super::adapter::{Said, Sent};

/// What happens to a request on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing.
    Well,
    /// It never arrives.
    RequestLost,
    /// What comes back is lost.
    AnswerLost,
    /// It arrives, and a proxy answers in place of what comes back.
    Html,
    /// A proxy answers, and it never arrives.
    HtmlBefore,
    /// It arrives later; its sender has given up by then.
    Slow,
    /// The relay sends it, and the connection dies meanwhile.
    StillSending,
    /// BzCtrl makes it, and its answer never reaches the relay.
    MadeUnheard,
    /// BzCtrl does not make it, and its answer never reaches the relay.
    NotMadeUnheard,
    /// BzCtrl makes it, and gives no link.
    NoLink,
    Rejected,
    Unavailable,
    Credentials,
    Busy,
    StoreDown,
    Internal,
    TokenRefused,
    Denied,
    Invalid,
    KeyInvalid,
    TooLarge,
    Redirect,
    Offline,
    Blocked,
    /// The endpoint is no address.
    NoAddress,
}

/// What became of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    Free,
    Sending,
    Created(Option<String>),
    Rejected,
    Unknown,
}

struct Row {
    content: String,
    fate: Fate,
    replaced_by: Option<String>,
    /// What BzCtrl has really made of what was sent last, told to nobody so far.
    unheard: Option<Option<String>>,
}

/// A todo that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Made {
    /// The request that made it.
    pub(super) request: usize,
    pub(super) link: String,
    pub(super) content: String,
    pub(super) order: String,
}

/// The relay, and BzCtrl behind it.
#[derive(Default)]
pub(super) struct Relay {
    rows: BTreeMap<String, Row>,
    /// How many epochs there were, and before which one all are broken.
    pub(super) epoch: u32,
    broken_before: u32,
    pub(super) made: Vec<Made>,
}

fn problem(code: Code) -> Said {
    Said::Problem { code, link: None, replaced_by: None, after: None }
}

impl Relay {
    pub(super) fn epoch_name(&self) -> String {
        format!("e{}", self.epoch)
    }

    fn make(&mut self, request: usize, sent: &Sent) -> String {
        let link = format!("https://bzctrl.example/todo/{}", self.made.len());
        let (content, order) = (sent.content.clone(), sent.order.clone());
        self.made.push(Made { request, link: link.clone(), content, order });
        link
    }

    /// What is said of it is no link, or none that leads to it.
    fn make_without_link(&mut self, request: usize, sent: &Sent) -> Option<String> {
        self.make(request, sent);
        self.made.len().is_multiple_of(2).then(|| "javascript:alert(1)".to_owned())
    }

    fn vouches_for(&self, key: &str) -> bool {
        let epoch =
            key.strip_prefix('e').and_then(|rest| rest.split_once('.')).and_then(|(epoch, _)| epoch.parse().ok());
        epoch.is_some_and(|epoch: u32| epoch >= self.broken_before)
    }

    /// What a request meets that gets as far as the relay, and what comes back from it.
    pub(super) fn takes(&mut self, request: usize, sent: &Sent, token_is_good: bool, fault: Fault) -> Said {
        if !sent.sealed {
            return self.bzctrl_takes(request, sent, token_is_good, fault);
        }
        match fault {
            Fault::TokenRefused => return problem(Code::TokenInvalid),
            Fault::Denied => return problem(Code::OriginDenied),
            Fault::KeyInvalid => return problem(Code::KeyInvalid),
            Fault::StoreDown => return problem(Code::StoreUnavailable),
            Fault::Internal => return problem(Code::Internal),
            Fault::TooLarge => return problem(Code::TooLarge),
            _ if !token_is_good => return problem(Code::TokenExpired),
            _ => {}
        }
        let Some(key) = sent.key.clone() else { return problem(Code::KeyInvalid) };
        if let Some(said) = self.says(&key, Some(&sent.content)) {
            return said;
        }
        // The row is open: what follows speaks of this request alone, or claims it.
        match fault {
            Fault::Busy => {
                return Said::Problem { code: Code::RateLimited, link: None, replaced_by: None, after: Some(30) };
            }
            Fault::Invalid => return problem(Code::InvalidTask),
            _ => {}
        }
        if let Some(said) = self.hinders(&key, sent) {
            return said;
        }
        let mut row = Row { content: sent.content.clone(), fate: Fate::Sending, replaced_by: None, unheard: None };
        row.fate = match fault {
            Fault::Rejected => Fate::Rejected,
            Fault::Unavailable | Fault::Credentials => Fate::Free,
            Fault::NotMadeUnheard => Fate::Unknown,
            Fault::MadeUnheard => {
                row.unheard = Some(Some(self.make(request, sent)));
                Fate::Unknown
            }
            Fault::StillSending => {
                row.unheard = Some(Some(self.make(request, sent)));
                Fate::Sending
            }
            Fault::NoLink => Fate::Created(self.make_without_link(request, sent)),
            _ => Fate::Created(Some(self.make(request, sent))),
        };
        let said = match (&row.fate, fault) {
            (_, Fault::Credentials) => problem(Code::UpstreamCredentials),
            (fate, _) => first_answer(fate, false),
        };
        self.rows.insert(key, row);
        said
    }

    /// Whether a request with this key would still make something.
    pub(super) fn is_open(&self, key: &str) -> bool {
        self.says(key, None).is_none()
    }

    /// What it lists of an order: of each todo its link, if it knows that it was created.
    pub(super) fn knows_of(&self, order: &str) -> Vec<Option<String>> {
        let of_order = |link: &String| self.made.iter().any(|made| made.link == *link && made.order == order);
        let mut known = Vec::new();
        for row in self.rows.values() {
            match &row.fate {
                Fate::Created(Some(link)) if of_order(link) => known.push(Some(link.clone())),
                Fate::Unknown => known.push(None),
                _ => {}
            }
        }
        known
    }

    /// What a key's row says; `None` if the key is open.
    fn says(&self, key: &str, content: Option<&str>) -> Option<Said> {
        let Some(row) = self.rows.get(key) else {
            return (!self.vouches_for(key)).then(|| problem(Code::KeyUnknown));
        };
        let link = |fate: &Fate| if let Fate::Created(link) = fate { link.clone() } else { None };
        if let Some(new) = &row.replaced_by {
            let new = self.rows.get(new).and_then(|new| link(&new.fate));
            let (link, replaced_by) = (link(&row.fate), Some(new));
            return Some(Said::Problem { code: Code::KeyReplaced, link, replaced_by, after: None });
        }
        if row.fate == Fate::Free {
            return None;
        }
        if content.is_some_and(|content| content != row.content) {
            return Some(Said::Problem {
                code: Code::KeyReused,
                link: link(&row.fate),
                replaced_by: None,
                after: None,
            });
        }
        Some(first_answer(&row.fate, true))
    }

    /// Only an unknown key is replaced, and by one key.
    fn hinders(&mut self, key: &str, sent: &Sent) -> Option<Said> {
        let mut old: Vec<String> = sent.replaces.iter().cloned().collect();
        old.extend(
            self.rows.iter().filter(|(_, row)| row.replaced_by.as_deref() == Some(key)).map(|(old, _)| old.clone()),
        );
        for old in &old {
            match self.rows.get(old) {
                None if self.vouches_for(old) => return Some(problem(Code::UpstreamUnavailable)),
                None => {}
                Some(row) if row.fate == Fate::Unknown && row.replaced_by.as_deref().is_none_or(|by| by == key) => {}
                Some(_) => return Some(self.says(old, None).unwrap_or_else(|| problem(Code::UpstreamUnavailable))),
            }
        }
        for old in old {
            if let Some(row) = self.rows.get_mut(&old) {
                row.replaced_by = Some(key.to_owned());
            }
        }
        None
    }

    fn bzctrl_takes(&mut self, request: usize, sent: &Sent, token_is_good: bool, fault: Fault) -> Said {
        match fault {
            Fault::TokenRefused => Said::Plain(401),
            _ if !token_is_good => Said::Plain(401),
            Fault::Busy => Said::Plain(429),
            Fault::Rejected | Fault::Invalid => Said::Plain(400),
            Fault::Denied => Said::Plain(403),
            Fault::TooLarge => Said::Plain(413),
            Fault::Unavailable | Fault::StoreDown | Fault::NotMadeUnheard => Said::Plain(503),
            Fault::MadeUnheard | Fault::Internal | Fault::StillSending => {
                self.make(request, sent);
                Said::Plain(500)
            }
            Fault::NoLink => Said::Made { link: self.make_without_link(request, sent), replayed: false },
            _ => Said::Made { link: Some(self.make(request, sent)), replayed: false },
        }
    }

    /// It starts again: what was being sent is unknown.
    pub(super) fn restarts(&mut self) {
        self.rows.values_mut().filter(|row| row.fate == Fate::Sending).for_each(|row| row.fate = Fate::Unknown);
    }

    /// Words that come late: what was being sent, or was unknown, is known.
    pub(super) fn hears(&mut self) {
        for row in self.rows.values_mut().filter(|row| matches!(row.fate, Fate::Sending | Fate::Unknown)) {
            row.fate = match row.unheard.take() {
                Some(link) => Fate::Created(link),
                None => Fate::Rejected,
            };
        }
    }

    /// Its store was restored: nothing that is not there was surely never sent, and what was free is unknown.
    pub(super) fn is_restored(&mut self) {
        let mut at = 0;
        self.rows.retain(|_, _| {
            at += 1;
            at % 2 == 0
        });
        self.rows.values_mut().filter(|row| row.fate == Fate::Free).for_each(|row| row.fate = Fate::Unknown);
        self.epoch += 1;
        self.broken_before = self.epoch;
    }

    /// The next day.
    pub(super) fn begins_an_epoch(&mut self) {
        self.epoch += 1;
    }
}

fn first_answer(fate: &Fate, replayed: bool) -> Said {
    match fate {
        Fate::Created(link) => Said::Made { link: link.clone(), replayed },
        Fate::Free => problem(Code::UpstreamUnavailable),
        Fate::Sending => Said::Problem { code: Code::InProgress, link: None, replaced_by: None, after: Some(1) },
        Fate::Rejected => problem(Code::UpstreamRejected),
        Fate::Unknown => problem(Code::OutcomeUnknown),
    }
}
