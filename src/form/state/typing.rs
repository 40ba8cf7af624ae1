//! What is typed: when it is kept, and when it is looked at for what is wrong with it.

use bzctrl_contract::{Fault, Field, FieldError, FilledBy, validate};

use super::State;
use crate::form::event::{Effect, Phase};

impl State {
    pub(super) fn type_into(&mut self, field: Field, text: String) -> Vec<Effect> {
        self.draft.set(field, text);
        self.touched.insert(field);
        self.unchecked.insert(field);
        self.half_typed.remove(field);
        if field == Field::TodoType {
            let todo_type = self.todo_type();
            self.errors.retain(|error| error.field.asked_of_user(todo_type));
            self.summary &= !self.errors.is_empty();
        }
        self.typed = true;
        if std::mem::replace(&mut self.unkept, true) { Vec::new() } else { vec![Effect::KeepSoon] }
    }

    /// Whether the user has typed on before it hears that another form has what it has found, and nothing is in the place of its
    /// own: then both have what was found.
    pub(super) fn goes_on_beside(&self, own: &str) -> bool {
        self.typed && own.is_empty() && self.editable() && !self.undecided()
    }

    /// Whether it begins with what is in the place of its own then.
    pub(crate) fn begins_with(&self, own: &str) -> bool {
        let can = matches!(self.phase, Phase::Editing | Phase::Doubt(_));
        can && !self.unkept && !self.goes_on_beside(own)
    }

    pub(super) fn is_a_todo_of_its_own(&mut self) -> Vec<Effect> {
        self.key = None;
        vec![self.keep()]
    }

    pub(super) fn keep_typed(&mut self) -> Vec<Effect> {
        if self.unkept { vec![self.keep()] } else { Vec::new() }
    }

    pub(super) fn keep(&mut self) -> Effect {
        self.unkept = false;
        Effect::Keep
    }

    /// Leaving a field checks that field alone, if it has changed: what a Submit or the relay found wrong with it stands.
    pub(super) fn check_left(&mut self, field: Field) {
        if !self.unchecked.has(field) {
            return;
        }
        self.unchecked.remove(field);
        // In the order of the table: what was shown, but for this field what is found now.
        let mut found = self.check();
        if let Some(fault) =
            self.today.filter(|_| field == Field::ReminderDate).and_then(|today| self.check_reminder(today))
        {
            found.push(FieldError { field, fault });
        }
        let shown = std::mem::take(&mut self.errors);
        let now = |at: Field| if at == field { &found } else { &shown };
        self.errors = Field::all().filter_map(|at| now(at).iter().find(|error| error.field == at).copied()).collect();
        self.summary &= !self.errors.is_empty();
    }

    /// What is wrong with what the user fills.
    pub(super) fn check(&self) -> Vec<FieldError> {
        let found = validate(&self.draft, self.numbers).err().unwrap_or_default();
        let fault = |field: Field| {
            let half = self.half_typed.has(field) && self.shows(field);
            let found = found.iter().find(|error| error.field == field).map(|error| error.fault);
            if half { Some(Fault::NotADate) } else { found }
        };
        Field::all()
            .filter(|field| field.spec().filled_by == FilledBy::User)
            .filter_map(|field| Some(FieldError { field, fault: fault(field)? }))
            .collect()
    }
}
