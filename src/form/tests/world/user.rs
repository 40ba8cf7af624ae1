//! What the user does: types, leaves fields, presses; each time what the form promises.

use super::*;

impl World {
    pub(super) fn fills(&mut self) {
        if self.tabs[self.here].shown().is_none() {
            self.opens(self.last_page);
        }
        let Some(form) = self.tabs[self.here].shown() else { return };
        let empty = |field| form.machine.text(field).is_empty();
        let needed = [Field::Title, Field::Description].map(|field| (field, empty(field)));
        for (field, empty) in needed {
            if empty {
                self.types(field, 1);
            }
        }
    }

    pub(super) fn types(&mut self, field: Field, number: u8) {
        let (here, today, yesterday) = (self.here, self.day(0), self.day(1));
        let Some(form) = self.tabs[here].shown() else { return };
        let text = match (field, number) {
            (_, 0) => String::new(),
            // Each is another text, and begins with whose it is.
            (Field::Title, _) => format!("{}: {}", form.whose, form.id),
            (Field::TodoType, 1) => "TASK".to_owned(),
            (Field::TodoType, _) => "INCIDENT".to_owned(),
            (Field::ReminderDate, 1) => today.to_string(),
            (Field::ReminderDate, _) => yesterday.to_string(),
            (Field::FinancialImpact, _) => "1.250".to_owned(),
            (Field::Priority, _) => "MEDIUM".to_owned(),
            _ => format!("Typed {number}"),
        };
        let (id, place) = (form.id, form.machine.place());
        let before = form.machine.text(field).to_owned();
        form.half_date &= field != Field::ReminderDate || !form.machine.takes(field);
        self.tell(here, id, |machine| machine.types(field, &text));
        let Some(form) = self.tabs[here].form(id) else { return };
        let changed = form.machine.text(field) != before;
        form.typed_on |= changed && field == Field::Title;
        let Some(form) = self.tabs[here].forms.iter().find(|it| it.id == id) else { return };
        let may_have_made = self.press_may_have_made(form);
        hold!(self, nothing_is_edited_under_a_doubt(changed, may_have_made, place));
    }

    pub(super) fn leaves(&mut self, field: Field, half: bool) {
        let here = self.here;
        let Some(form) = self.tabs[here].shown() else { return };
        if field == Field::ReminderDate && form.machine.takes(field) {
            form.half_date = half;
        }
        let today = self.day(0);
        self.tells_shown(|machine| machine.leaves(field, half, today));
    }

    /// Twice, or a moment too late: what is pressed was there a moment ago.
    pub(super) fn presses_late(&mut self, press: Press) {
        if let Some(id) = self.tabs[self.here].shown().map(|form| form.id) {
            self.presses_of(self.here, id, press);
        }
    }

    pub(super) fn presses(&mut self, press: Press) {
        if let Some(id) = self.tabs[self.here].shown().map(|form| form.id) {
            let offered = self.tabs[self.here].form(id).is_some_and(|form| form.machine.offers(press));
            if offered {
                self.presses_of(self.here, id, press);
            }
        }
    }

    pub(super) fn presses_of(&mut self, tab: usize, id: u32, press: Press) {
        let (number, moment, now, today) = (self.next(), self.now, self.form_now(tab), self.day(0));
        let knowing = self.pressed.len();
        let Some(form) = self.tabs[tab].forms.iter().find(|form| form.id == id) else { return };
        let (place, may_exist) = (form.machine.place(), self.may_exist(&form.memory));
        let Some(form) = self.tabs[tab].form(id) else { return };
        let knows =
            press == Press::SendAgain && place == Place::SendAgain || press == Press::Submit && place == Place::Editing;
        let asks = matches!(place, Place::Waiting | Place::AskAgain) || form.machine.can_look_again();
        if knows || press == Press::Submit && asks {
            form.pressed = Some((number, moment));
        }
        if knows {
            form.memory.press = Some(knowing);
            self.pressed.push(Pressed::default());
        }
        // Whoever starts anew has seen what became of it, or nothing did.
        let drops = matches!(press, Press::StartAnew | Press::Discard) && form.machine.can_start_anew();
        if drops && (place == Place::Created || !may_exist) {
            form.memory = Memory::default();
            (form.told, form.half_date) = (false, false);
        }
        if drops {
            (form.typed_on, form.keeps_soon) = (false, false);
        }
        form.left |= press == Press::Leave && form.machine.can_be_left();
        let half_date = form.half_date && place == Place::Editing && form.machine.takes(Field::ReminderDate);
        self.tell(tab, id, |machine| machine.press(press, now, today, number));
        if press == Press::Submit
            && let Some(form) = self.tabs[tab].form(id)
        {
            let goes_on = form.machine.place() != Place::Editing;
            hold!(self, half_a_date_is_never_sent(half_date, goes_on));
        }
    }

    pub(super) fn tells_shown(&mut self, event: impl FnOnce(&mut Machine) -> Vec<Deed>) {
        if let Some(id) = self.tabs[self.here].shown().map(|form| form.id) {
            self.tell(self.here, id, event);
        }
    }
}
