//! What is said: which sentence it is, and what is filled into it.

use bzctrl_contract::{Amount, FIELDS, Fault, Field, Kind, TodoType, clean_text};

use super::*;

impl Words<'_> {
    /// A field's label.
    pub(crate) fn label(self, field: Field) -> Sentence {
        self.say(BEFORE_LABELS + field as usize, &["label.", field.wire()].concat(), label(field))
    }

    /// A choice's word, as users know it.
    pub(crate) fn choice(self, word: &'static str) -> Sentence {
        let offered = CHOICES.iter().enumerate().find(|(_, (offered, _))| *offered == word);
        let (at, own) = offered.map_or((usize::MAX, word), |(at, (_, own))| (BEFORE_LABELS + FIELDS.len() + at, own));
        self.say(at, &["choice.", word].concat(), own)
    }

    /// The heading of the form.
    pub(crate) fn heading(self, todo_type: TodoType) -> Sentence {
        self.of(match todo_type {
            TodoType::Incident => REPORT_INCIDENT,
            TodoType::Task => CREATE_TASK,
        })
    }

    /// The heading over a created todo.
    pub(crate) fn created(self, todo_type: TodoType) -> Sentence {
        self.of(match todo_type {
            TodoType::Incident => INCIDENT_CREATED,
            TodoType::Task => TASK_CREATED,
        })
    }

    /// The heading of the summary of errors.
    pub(crate) fn problems(self, count: usize) -> String {
        let problems = if count == 1 { ONE_PROBLEM } else { PROBLEMS };
        self.fill(&self.of(problems), &[("count", &count.to_string())])
    }

    /// What is said while it is sent.
    pub(crate) fn sends(self, todo_type: TodoType) -> String {
        self.fill(&self.of(SENDS), &[("todo", &self.noun(todo_type))])
    }

    /// A todo inside a sentence.
    fn noun(self, todo_type: TodoType) -> Sentence {
        self.of(match todo_type {
            TodoType::Incident => INCIDENT_NOUN,
            TodoType::Task => TASK_NOUN,
        })
    }

    /// The created todo's link.
    pub(crate) fn open(self, name: Option<&str>) -> String {
        self.fill(
            &self.of(if name.is_some() { OPEN_TODO } else { OPEN_UNNAMED }),
            &[("name", name.unwrap_or_default())],
        )
    }

    /// By what one that may exist is found: its title, and when it was sent, if that is known.
    pub(crate) fn look_for(self, title: &str, time: Option<&str>) -> String {
        let word = if time.is_some() { LOOK_FOR_SENT } else { LOOK_FOR };
        self.fill(&self.of(word), &[("title", title), ("time", time.unwrap_or_default())])
    }

    /// How many todos of the order are registered already.
    pub(crate) fn registered(self, count: usize) -> String {
        self.fill(&self.of(REGISTERED), &[("count", &count.to_string())])
    }

    /// What is said of a title that is much like that of a todo of the order.
    pub(crate) fn alike(self, todo: &KnownTodo) -> String {
        self.fill(&self.of(ALIKE), &[("title", &todo.title), ("at", &todo.sent_at)])
    }

    /// A sentence with a number of seconds.
    pub(crate) fn seconds(self, word: Word, seconds: u32) -> String {
        self.fill(&self.of(word), &[("seconds", &seconds.to_string())])
    }

    /// A field inside a sentence. Languages that write nouns in capitals have their own sentences around it.
    fn in_sentence(self, field: Field) -> String {
        let label = self.label(field);
        if self.config.tag() == "en" { label.to_ascii_lowercase() } else { label.into_owned() }
    }

    /// A whole number as the user writes it.
    fn number(self, digits: &str) -> String {
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(self.numbers.group);
            }
            text.push(digit);
        }
        text
    }

    /// How long a text is, once little more fits.
    pub(crate) fn counter(self, count: usize, most: usize) -> String {
        self.fill(
            &self.of(COUNTER),
            &[("count", &self.number(&count.to_string())), ("most", &self.number(&most.to_string()))],
        )
    }

    /// A field's name before what is said of it. French has a space before its colon.
    pub(crate) fn named(self, field: Field, said: &str) -> String {
        let is_french = self.config.tag().get(..2).is_some_and(|tag| tag.eq_ignore_ascii_case("fr"));
        [&*self.label(field), if is_french { "\u{a0}: " } else { ": " }, said].concat()
    }

    /// What is wrong with a field that holds a text, and what to do.
    pub(crate) fn fault(self, field: Field, fault: Fault, text: &str) -> String {
        let mut over = 0;
        let (word, most) = match (fault, field.spec().kind) {
            (Fault::Missing, _) => match field {
                Field::Title => (NO_TITLE, 0),
                Field::Description => (NO_DESCRIPTION, 0),
                _ => (MISSING, 0),
            },
            (Fault::TooLong, Kind::Line(most) | Kind::Text(most) | Kind::Email(most) | Kind::List(_, most)) => {
                over = clean_text(text).chars().count().saturating_sub(most);
                let word = match over {
                    0 => TOO_LONG,
                    1 => TOO_LONG_BY_ONE,
                    _ => TOO_LONG_BY,
                };
                (word, most)
            }
            (Fault::TooMany, Kind::List(most, _)) => (TOO_MANY, most),
            (Fault::NotAnAmount, _) => (NOT_AN_AMOUNT, 0),
            (Fault::Negative, _) => (NEGATIVE, 0),
            (Fault::TooPrecise, _) => (TOO_PRECISE, 0),
            (Fault::TooLarge, _) => (TOO_LARGE, 0),
            (Fault::NotADate, _) => (NOT_A_DATE, 0),
            (Fault::PastDate, _) => (PAST_DATE, 0),
            (Fault::FarDate, _) => (FAR_DATE, 0),
            (Fault::NotAnEmail, _) => (NOT_AN_EMAIL, 0),
            (Fault::NotAChoice, _) => (NOT_A_CHOICE, 0),
            _ => (NOT_TAKEN, 0),
        };
        let example =
            Amount::typed("1250", self.numbers).map(|amount| amount.to_display(self.numbers)).unwrap_or_default();
        let example = example.trim_start_matches("EUR ");
        let most = if fault == Fault::TooLarge { self.number(AMOUNTS_END) } else { self.number(&most.to_string()) };
        let values = [
            ("field", &*self.in_sentence(field)),
            ("most", &most),
            ("over", &self.number(&over.to_string())),
            ("example", example),
        ];
        self.fill(&self.of(word), &values)
    }

    /// What a notice says: what happened, whether the todo may exist, what the user can do now.
    pub(crate) fn notice(self, notice: &Notice, todo_type: TodoType, standing: Standing) -> NoticeText {
        let told = told_of(notice);
        let Standing { may_exist, asking_is_safe, .. } = standing;
        let todo = self.noun(todo_type);
        let field = if let Notice::PageLacks(field) = notice { self.in_sentence(*field) } else { String::new() };
        let reason = match notice {
            Notice::Rejected { reason, .. } if !reason.trim().is_empty() => reason.trim().to_owned(),
            _ => self.of(NO_REASON).into_owned(),
        };
        // What it claims of the todo comes first, and agrees with what is true now.
        let claim = told.claim.beside(standing).sentence(may_exist).map(|word| self.of(word));
        let outcome = |known: bool, exists, may_exist| self.of(if known { exists } else { may_exist });
        let (first, second) = match notice {
            Notice::Outcome { code: Code::KeyReplaced, link, replaced_link } => (
                Some(outcome(link.is_some(), FIRST_EXISTS, FIRST_MAY_EXIST)),
                Some(outcome(replaced_link.is_some(), SECOND_EXISTS, SECOND_MAY_EXIST)),
            ),
            _ => (None, None),
        };
        let safe = asking_is_safe.then(|| self.of(ASKING_IS_SAFE));
        let parts = [claim, first, second, Some(self.meaning(told)), safe];
        let parts: Vec<_> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        let values = [("todo", &*todo), ("field", &field), ("reason", &reason)];
        let heading = match notice {
            Notice::HostRefused(message) if !message.is_empty() => message.clone(),
            _ => self.fill(&self.heading_of(told), &values),
        };
        // Of this request alone: the todo is as undecided as it was.
        let is_no = matches!(told.claim, Claim::NotSent | Claim::Refused | Claim::NotMade) && !may_exist;
        NoticeText { heading, meaning: self.fill(&parts.join(" "), &values), is_no }
    }
}

/// The first amount that BzCtrl does not take.
const AMOUNTS_END: &str = "1000000000000000";
