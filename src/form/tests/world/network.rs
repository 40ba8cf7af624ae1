//! What comes back, and when: requests with their faults, time, and how a case ends.

use super::*;

impl World {
    /// The request that waits at this place in the queue has a fate. Where nothing but time is waited for, that passes first.
    pub(super) fn answers(&mut self, nth: usize, fault: Fault) {
        let here = self.here;
        let timer = self.tabs[here].pending.iter().map(|(_, it)| *it).filter(|it| !it.is_heard());
        if !timer.clone().any(|it| !it.is_timer())
            && let Some(due) = timer.map(Pending::due).min()
        {
            self.passes(due.saturating_sub(self.now));
        }
        let waiting =
            self.tabs[here].pending.iter().enumerate().filter(|(_, (_, it))| !it.is_timer() && !it.is_heard());
        let Some(at) = waiting.map(|(at, _)| at).nth(nth) else { return };
        let (id, pending) = self.tabs[here].pending.remove(at);
        self.comes(here, id, pending, fault);
    }

    /// Another page says whose the draft is. At any time: that page may have been frozen.
    pub(super) fn hears(&mut self) {
        let here = self.here;
        if let Some(at) = self.tabs[here].pending.iter().position(|(_, it)| it.is_heard()) {
            let (id, pending) = self.tabs[here].pending.remove(at);
            self.comes(here, id, pending, Fault::Well);
        }
    }

    fn comes(&mut self, tab: usize, id: u32, pending: Pending, fault: Fault) {
        // Whoever listens no more hears nothing.
        if pending.is_heard() && !self.tabs[tab].form(id).is_some_and(|form| form.listens) {
            return;
        }
        match pending {
            Pending::Token { .. } => {
                let said = self.token(fault);
                let now = self.form_now(tab);
                self.tell(tab, id, |machine| machine.token_came(said, now));
            }
            Pending::Host { .. } => {
                let said = match fault {
                    Fault::Well => HostSaid::Agrees,
                    Fault::Rejected | Fault::Denied | Fault::Invalid => HostSaid::Refuses,
                    _ => HostSaid::Silent,
                };
                let now = self.form_now(tab);
                self.tell(tab, id, |machine| machine.host_said(said, now));
            }
            Pending::Task { request, .. } => {
                let said = self.task(request, fault);
                let now = self.form_now(tab);
                self.tell(tab, id, |machine| machine.task_came(said, now));
            }
            // What does not come says nothing.
            Pending::Known { .. } if fault == Fault::Well => {
                let order = self.tabs[tab].form(id).map(|form| form.page.given.text(Field::OrderId).to_owned());
                let known = self.relay.knows_of(&order.unwrap_or_default());
                self.tell(tab, id, |machine| machine.known_came(known));
            }
            Pending::Known { .. } => {}
            Pending::Copy => self.tell(tab, id, Machine::is_copy),
            Pending::Anothers { .. } => self.is_anothers(tab, id),
            Pending::Opened { .. } => self.tell(tab, id, |machine| machine.tab_opened(fault == Fault::Well)),
            Pending::Wait { number, .. } => {
                let now = self.form_now(tab);
                self.tell(tab, id, |machine| machine.wait_is_over(number, now));
            }
            Pending::KeepSoon { .. } => self.tell(tab, id, Machine::keeps_now),
        }
    }

    fn token(&mut self, fault: Fault) -> TokenSaid {
        match fault {
            Fault::RequestLost
            | Fault::AnswerLost
            | Fault::Html
            | Fault::HtmlBefore
            | Fault::Slow
            | Fault::StillSending => TokenSaid::NotReached,
            Fault::Blocked => TokenSaid::NotAdmitted,
            Fault::Offline => TokenSaid::Offline,
            Fault::Redirect => TokenSaid::SignedOut,
            Fault::Invalid | Fault::NoAddress => TokenSaid::Unusable,
            Fault::Denied => TokenSaid::Problem(Code::OriginDenied),
            Fault::StoreDown => TokenSaid::Problem(Code::StoreUnavailable),
            Fault::TokenRefused => TokenSaid::Problem(Code::IdentityDenied),
            Fault::Busy => TokenSaid::Later(Code::RateLimited, 30),
            _ => TokenSaid::Token {
                token: format!("token-{}", self.now),
                sealed: self.sealed,
                epoch: self.relay.epoch_name(),
                defaults: self.tenant,
                lacks: match fault {
                    Fault::KeyInvalid => Lacks::Epoch,
                    Fault::TooLarge => Lacks::Endpoint,
                    _ => Lacks::Nothing,
                },
            },
        }
    }

    fn task(&mut self, request: usize, fault: Fault) -> Said {
        match fault {
            Fault::RequestLost => return Said::Nothing,
            Fault::HtmlBefore => return Said::Plain(502),
            Fault::Redirect => return Said::Redirect,
            Fault::Offline => return Said::Offline,
            Fault::Blocked => return Said::Blocked,
            Fault::NoAddress => return Said::Unsent,
            Fault::Slow => {
                self.requests[request].travels = true;
                self.late.push(request);
                return Said::Nothing;
            }
            _ => {}
        }
        // No copy of a request comes after a later one of its key: what no relay can close is not told of it.
        if let Some(key) = self.requests[request].sent.key.clone() {
            self.arrives(Some(&key));
        }
        let said = self.reaches(request, fault);
        match fault {
            Fault::AnswerLost => Said::Nothing,
            Fault::StillSending if self.requests[request].sent.sealed => Said::Nothing,
            Fault::Html => Said::Plain(502),
            _ => said,
        }
    }

    fn reaches(&mut self, request: usize, fault: Fault) -> Said {
        let sent = self.requests[request].sent.clone();
        let issued = sent.token.strip_prefix("token-").and_then(|at| at.parse::<u64>().ok());
        let token_is_good = issued.is_some_and(|at| self.now < at + 300_000);
        let before = self.relay.made.len();
        let said = self.relay.takes(request, &sent, token_is_good, fault);
        self.requests[request].travels = false;
        for at in before..self.relay.made.len() {
            let request = self.relay.made[at].request;
            self.requests[request].made = true;
            let press = self.requests[request].press;
            let made = self.pressed.get_mut(press).map(|pressed| {
                pressed.made += 1;
                pressed.made
            });
            hold!(self, no_more_todos_than_knowing_presses(made.unwrap_or(u32::MAX)));
        }
        said
    }

    /// What was slow arrives: all of it, or what has this key.
    pub(super) fn arrives(&mut self, key: Option<&str>) {
        let of_key = |request: &Request| key.is_none_or(|key| request.sent.key.as_deref() == Some(key));
        let (come, wait): (Vec<_>, Vec<_>) = self.late.iter().partition(|at| of_key(&self.requests[**at]));
        self.late = wait;
        for request in come {
            self.reaches(request, Fault::Well);
        }
    }

    /// Time passes.
    pub(super) fn passes(&mut self, ms: u64) {
        let end = self.now + ms;
        for _ in 0..A_DAY_OF_WAITS {
            let all = self.tabs.iter().enumerate();
            let all =
                all.flat_map(|(tab, it)| it.pending.iter().enumerate().map(move |(at, (_, it))| (it.due(), tab, at)));
            let Some((due, tab, at)) = all.min().filter(|(due, ..)| *due <= end) else { break };
            self.now = self.now.max(due);
            let (id, pending) = self.tabs[tab].pending.remove(at);
            // What has taken too long is given up, and may arrive all the same.
            self.comes(tab, id, pending, Fault::Slow);
        }
        self.now = self.now.max(end);
        self.looks_at_clocks();
        self.waits_go_on();
    }

    /// Each wait counts down.
    fn waits_go_on(&mut self) {
        for tab in 0..self.tabs.len() {
            for at in 0..self.tabs[tab].pending.len() {
                if let Some((id, Pending::Wait { number, due, told })) = self.tabs[tab].pending.get_mut(at) {
                    let (id, number, seconds) = (*id, *number, due.saturating_sub(self.now).div_ceil(1000) as u32);
                    *told = seconds;
                    self.tell(tab, id, |machine| machine.wait_goes_on(number, seconds));
                }
            }
        }
    }

    /// The network is back: what waits for it waits no longer.
    pub(super) fn ends_waits(&mut self) {
        let here = self.here;
        while let Some(at) = self.tabs[here].pending.iter().position(|(_, it)| matches!(it, Pending::Wait { .. })) {
            let (id, pending) = self.tabs[here].pending.remove(at);
            self.comes(here, id, pending, Fault::Well);
        }
    }

    /// All goes well, until nothing is on its way.
    pub(super) fn settles(&mut self) {
        for _ in 0..20 {
            let pending = self.tabs[self.here].pending.iter().map(|(_, it)| *it).filter(|it| *it != Pending::Copy);
            if pending.clone().any(|it| !it.is_timer() && !it.is_heard()) {
                self.answers(0, Fault::Well);
            } else if let Some(due) = pending.map(Pending::due).min() {
                self.passes(due.saturating_sub(self.now));
            } else {
                break;
            }
        }
    }

    /// Two minutes and more without anybody: the forms stand still.
    pub(in crate::form::tests) fn falls_silent(&mut self) {
        self.passes(200_000);
        let places: Vec<_> = self.tabs.iter().flat_map(|tab| &tab.forms).map(|form| form.machine.place()).collect();
        for place in places {
            hold!(self, it_comes_to_rest(place));
        }
    }

    /// The user wants to be rid of it.
    pub(in crate::form::tests) fn is_closed_by_the_user(&mut self) {
        let here = self.here;
        // Two may stand there: one that was closed while it sends comes back over another.
        for _ in 0..2 {
            self.presses(Press::Close);
            self.presses(Press::CloseNow);
        }
        let closed = self.tabs[here].shown().is_none();
        hold!(self, it_can_be_closed(closed));
    }

    /// The user wants a todo, and all is well again.
    pub(in crate::form::tests) fn is_brought_to_an_end(&mut self) {
        let here = self.here;
        self.page_says = Some(HostSaid::Agrees);
        if self.tabs[here].room() != Room::Forbidden {
            self.tabs[here].storage().room = Room::Enough;
        }
        // No relay goes on sending for ever.
        self.relay.restarts();
        // What a token lacks another has.
        self.tenant = Defaults::Usual;
        self.passes(50_000);
        let bad_page = self.pages.len() - 1;
        let mut asked = 0;
        for _ in 0..30 {
            let Some(form) = self.tabs[here].shown() else {
                self.opens(if self.last_page == bad_page { 0 } else { self.last_page });
                continue;
            };
            if form.page == self.pages[bad_page].config {
                return;
            }
            let place = form.machine.place();
            self.presses(Press::Stay);
            match place {
                Place::Created => return,
                Place::Editing => {
                    self.types(Field::FinancialImpact, 0);
                    self.types(Field::ReminderDate, 0);
                    self.fills();
                    self.presses(Press::Submit);
                }
                Place::AskAgain | Place::SendAgain if asked > 6 => self.presses(Press::Leave),
                Place::AskAgain => self.presses(Press::Submit),
                Place::SendAgain => self.presses(Press::SendAgain),
                Place::LeaveAlone => self.presses(Press::Leave),
                Place::Token | Place::Host | Place::Task | Place::Waiting => {}
            }
            asked += 1;
            self.settles();
        }
        hold!(self, there_is_a_way_to_a_created_todo(false));
    }
}
