//! What a form wants done, done as `platform/session` does it; and each time what the form promises.

use super::*;

impl World {
    /// A form is told something, and what it wants done is done.
    pub(super) fn tell(&mut self, tab: usize, id: u32, event: impl FnOnce(&mut Machine) -> Vec<Deed>) {
        let Some(form) = self.tabs[tab].form(id) else { return };
        let deeds = event(&mut form.machine);
        self.does(tab, id, deeds);
    }

    fn does(&mut self, tab: usize, id: u32, deeds: Vec<Deed>) {
        let Some(form) = self.tabs[tab].form(id) else { return };
        if !deeds.is_empty() {
            let place = form.machine.place();
            form.busy = matches!(place, Place::Token | Place::Host | Place::Task | Place::Waiting);
            form.listens &= form.busy || !form.machine.is_closed();
        }
        let (mut kept, mut host) = (None, None);
        let mut forgot = false;
        for deed in deeds {
            match deed {
                Deed::Keep => kept = self.keeps(tab, id).or(kept),
                Deed::Forget => {
                    forgot = true;
                    self.drops(tab, id);
                }
                Deed::AskHost => {
                    self.goes_on(tab, id);
                    host = self.page_says;
                    if host.is_none() {
                        self.waits_for(tab, id, Pending::Host { since: self.now });
                    }
                }
                Deed::Send => self.sends(tab, id),
                Deed::FetchToken => self.fetches(tab, id),
                Deed::FetchKnown => self.waits_for(tab, id, Pending::Known { since: self.now }),
                Deed::Wait { ms, number } => {
                    self.goes_on(tab, id);
                    if let Some(form) = self.tabs[tab].form(id) {
                        form.wait = Some(number);
                    }
                    let due = self.now + u64::from(ms);
                    self.waits_for(tab, id, Pending::Wait { number, due, told: ms / 1000 });
                }
                Deed::KeepSoon => {
                    if let Some(form) = self.tabs[tab].form(id) {
                        form.keeps_soon = true;
                    }
                    self.waits_for(tab, id, Pending::KeepSoon { due: self.now + 300 });
                }
                Deed::ReserveTab => self.opens_a_tab(tab, id, true),
                Deed::OpenTab => {
                    self.opens_a_tab(tab, id, false);
                    self.waits_for(tab, id, Pending::Opened { since: self.now });
                }
                Deed::AnnounceProblem => {
                    if let Some(form) = self.tabs[tab].form(id) {
                        form.announced = form.machine.code();
                    }
                }
                Deed::AnnounceCreated { link } => self.is_told(tab, id, link),
                Deed::Close(closed) => self.closes(tab, id, closed, forgot),
                Deed::Other => {}
            }
        }
        self.holds(tab, id);
        if let Some(whole) = kept {
            self.tell(tab, id, |machine| machine.was_kept(whole));
        }
        if let Some(said) = host {
            let now = self.form_now(tab);
            self.tell(tab, id, |machine| machine.host_said(said, now));
        }
    }

    fn waits_for(&mut self, tab: usize, id: u32, pending: Pending) {
        self.tabs[tab].pending.push((id, pending));
    }

    /// Something goes on by itself: a press has to be young.
    fn goes_on(&mut self, tab: usize, id: u32) {
        let now = self.now;
        let Some(form) = self.tabs[tab].form(id) else { return };
        let pressed_at = form.pressed.map(|(_, at)| at);
        if !form.opens_now {
            hold!(self, nothing_goes_on_without_a_young_press(pressed_at, now));
        }
    }

    /// `Some` if that goes otherwise than the last time.
    fn keeps(&mut self, tab: usize, id: u32) -> Option<bool> {
        if self.tabs[tab].form(id)?.forgotten {
            return None;
        }
        let (whole, written) = self.tabs[tab].keep(id)?;
        if let Some(written) = written {
            hold!(self, no_secret_is_kept(&written));
        }
        let form = self.tabs[tab].form(id)?;
        (form.typed_on, form.keeps_soon) = (false, false);
        (std::mem::replace(&mut form.keeps, whole) != whole).then_some(whole)
    }

    fn drops(&mut self, tab: usize, id: u32) {
        let tab = &mut self.tabs[tab];
        let Some(form) = tab.forms.iter().find(|it| it.id == id) else { return };
        let (name, kept) = (form.kept_as.clone(), tab.read(&form.kept_as));
        if form.forgotten && !kept.as_ref().is_some_and(|entry| form.machine.is_kept_key_alone(&entry.text)) {
            return;
        }
        // Another frame's form may have begun with it, and have nothing of its own there: its user is told of it by this one.
        let title = form.machine.text(Field::Title);
        let is_its_own = kept.is_some_and(|entry| adapter::stored_title(&entry.text).as_deref() == Some(title));
        tab.remove(&name);
        if is_its_own {
            tab.storage().is_written(name, id);
        }
    }

    fn fetches(&mut self, tab: usize, id: u32) {
        self.goes_on(tab, id);
        let Some(form) = self.tabs[tab].form(id) else { return };
        let asks = !std::mem::replace(&mut form.listens, true);
        let is_fetching =
            self.tabs[tab].pending.iter().any(|(of, it)| *of == id && matches!(it, Pending::Token { .. }));
        hold!(self, one_token_is_fetched_at_a_time(is_fetching));
        self.waits_for(tab, id, Pending::Token { since: self.now });
        if asks {
            self.asks_whose(tab, id);
        }
    }

    /// As `platform/claim` asks, and is answered. Where the storage takes no mark, a frame of the same tab is none that can be seen.
    pub(super) fn asks_whose(&mut self, tab: usize, id: u32) {
        let Some(name) = self.tabs[tab].form(id).map(|form| form.kept_as.clone()) else { return };
        let marks = matches!(self.tabs[tab].room(), Room::Enough | Room::Little);
        for other in (0..self.tabs.len()).filter(|other| *other != tab) {
            if self.tabs[other].forms.iter().any(|it| it.listens && it.kept_as == name) {
                let here = marks && self.tabs[tab].is_of_the_same_tab(&self.tabs[other]);
                let pending = if here { Pending::Anothers { since: self.now } } else { Pending::Copy };
                self.waits_for(tab, id, pending);
            }
        }
    }

    fn opens_a_tab(&mut self, tab: usize, id: u32, is_reserved: bool) {
        let Some(form) = self.tabs[tab].form(id) else { return };
        let press = form.pressed.map(|(press, _)| press);
        let is_second = is_reserved && std::mem::replace(&mut form.reserved, press) == press;
        let is_open = form.open;
        hold!(self, a_tab_opens_once_a_press_and_never_behind_the_page(is_open, is_second));
    }

    fn sends(&mut self, tab: usize, id: u32) {
        self.goes_on(tab, id);
        let (request, room) = (self.requests.len(), self.tabs[tab].room());
        let stored = self.tabs[tab].form(id).map(|it| it.kept_as.clone()).and_then(|name| self.tabs[tab].read(&name));
        let Some(form) = self.tabs[tab].form(id) else { return };
        let Some(sent) = form.machine.sends() else { return };
        let (press, of) = (form.memory.press.unwrap_or(usize::MAX), form.pressed.map(|(press, _)| press));
        form.memory.requests.push(request);
        let (cancelled, forgotten, name) = (form.cancelled, form.forgotten, form.kept_as.clone());
        hold!(self, what_was_cancelled_sends_nothing(cancelled));
        if !forgotten && matches!(room, Room::Enough | Room::Little) {
            hold!(self, it_is_kept_before_it_is_sent(stored.as_ref().map(|it| it.text.as_str()), &sent));
        }
        if let Some(entry) = self.tabs[tab].storage().entries.get_mut(&name)
            && adapter::stored_submission(&entry.text).is_some_and(|(undecided, ..)| undecided)
        {
            entry.memory.requests.push(request);
        }
        if let Some(before) = self.pressed.get_mut(press) {
            let content = before.content.replace(sent.content.clone());
            hold!(self, what_is_sent_under_a_press_never_changes_by_itself(content.as_deref(), &sent));
        }
        self.requests.push(Request { sent, press, of: (id, of.unwrap_or_default()), made: false, travels: false });
        self.waits_for(tab, id, Pending::Task { request, since: self.now });
    }

    fn is_told(&mut self, tab: usize, id: u32, link: Option<String>) {
        let Some(form) = self.tabs[tab].form(id) else { return };
        form.told = true;
        form.memory.requests.clear();
        let press = form.memory.press;
        let order = form.page.given.text(Field::OrderId).to_owned();
        if let Some(link) = link {
            hold!(self, a_link_is_of_what_exists(&link, &order, &self.relay.made));
            let made = self.relay.made.iter().find(|made| made.link == link);
            let sent = press.and_then(|press| self.pressed.get(press)).and_then(|it| it.content.as_deref());
            hold!(self, what_is_called_created_is_what_was_sent(made, sent));
        }
    }

    fn closes(&mut self, tab: usize, id: u32, closed: Closed, forgot: bool) {
        let Some(form) = self.tabs[tab].form(id) else { return };
        form.open = false;
        form.cancelled |= closed == Closed::Cancelled;
        if std::mem::take(&mut form.left) {
            form.memory = Memory::default();
        }
        // Its fate is still open.
        let is_sent = form.machine.place() == Place::Task;
        let (memory, told) = (form.memory.clone(), form.told);
        let may_exist = self.may_exist(&memory) || is_sent;
        hold!(self, it_closes_as_cancelled_only_where_nothing_may_exist(closed, may_exist));
        hold!(self, it_closes_as_created_only_where_it_was(closed, told));
        if !forgot {
            self.tabs[tab].remembers(id);
        }
    }

    /// What the form says now agrees with what is true.
    fn holds(&mut self, tab: usize, id: u32) {
        let Some(form) = self.tabs[tab].forms.iter().find(|it| it.id == id) else { return };
        let machine = &form.machine;
        let place = machine.place();
        let (may_exist, says_so) = (self.may_exist(&form.memory), machine.says_it_may_exist());
        let of = form.pressed.map(|(press, _)| (id, press));
        let mut this_press = form.memory.requests.iter().filter(|at| Some(self.requests[**at].of) == of);
        let this_press = this_press.any(|at| self.may_have_made(*at));
        let (claim, says_safe) = (machine.claim(), machine.says_asking_is_safe());
        let (can_be_left, can_start_anew) = (machine.can_be_left(), machine.can_start_anew());
        let order = form.page.given.text(Field::OrderId);
        let links = machine.links().chain(machine.link());
        let links = links.into_iter().all(|link| promises::a_link_is_of_what_exists(link, order, &self.relay.made));
        let (code, announced) = (machine.code(), form.announced);
        let own = form.wait;
        let wait = machine.wait().map(|(number, seconds)| {
            let told = self.tabs[tab].pending.iter().find_map(|(of, pending)| match pending {
                Pending::Wait { number: it, told, .. } if *of == id && Some(*it) == own && *it == number => Some(*told),
                _ => None,
            });
            (seconds, told)
        });
        hold!(self, what_may_exist_is_never_denied(may_exist, says_so, place));
        hold!(self, no_claim_denies_what_this_press_has_done(claim, this_press));
        hold!(self, asking_is_called_safe_only_where_the_next_press_asks(says_safe, place));
        hold!(self, it_can_be_left_or_begun_anew(place, can_be_left, can_start_anew));
        hold!(self, the_page_hears_what_the_user_is_told(code, announced));
        hold!(self, it_counts_down_its_own_wait(wait));
        if !links {
            self.breaks("a_link_is_of_what_exists");
        }
    }
}
