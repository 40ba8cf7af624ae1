//! What is kept of a form over a reload, in the tab's session storage: what was typed, and the key of a submission from
//! before it is sent. Never an e-mail address, never a token.

use bzctrl_contract::{
    Draft, Field, FieldSet, FilledBy, Json, Key, Kind, Member, Members, Mode, Numbers, Todo, TodoType, Value,
};

use crate::config::Config;

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// By wire name, what the user typed or chose, as it was typed; of what was sent and has no verdict, all that it said.
    pub(crate) typed: Members,
    /// How amounts in that are written.
    pub(crate) numbers: Option<Numbers>,
    /// The key of the submission, if one was made.
    pub(crate) key: Option<String>,
    /// The key that it knowingly replaces.
    pub(crate) replaces: Option<String>,
    /// A digest of what that key stands for.
    pub(crate) replaced: Option<String>,
    /// How it was, or is to be, sent.
    pub(crate) mode: Option<Mode>,
    /// Whether something was sent that has no verdict.
    pub(crate) undecided: bool,
    /// Whether something that was sent before, under another key or under none, may exist.
    pub(crate) earlier: bool,
    /// When what may exist was sent; of a draft, when it was kept: in seconds since 1970.
    pub(crate) at: u32,
}

impl Kept {
    /// What of a draft is kept: the fields that the user has touched.
    pub(crate) fn typed(draft: &Draft, touched: FieldSet) -> Members {
        Self::fields(draft, |field| touched.has(field) && may_be_kept(field))
    }

    /// What of a draft is kept once it was sent: all that it says, whoever filled it, and what the user has touched.
    pub(crate) fn sent(draft: &Draft, touched: FieldSet, given: &Draft) -> Members {
        Self::fields(draft, |field| (touched.has(field) || !draft.is_empty(field)) && varies(field, given))
    }

    fn fields(draft: &Draft, keeps: impl Fn(Field) -> bool) -> Members {
        let kept = Field::all().filter(|field| keeps(*field));
        Members(kept.map(|field| (field.wire().to_owned(), Member::Value(draft.value(field).clone()))).collect())
    }

    /// Puts what was typed back into a draft, and says which fields of the user's that were. What was sent and has no verdict
    /// comes back as it was, whatever the page states now: under one key nothing else is sent.
    pub(crate) fn restore(&self, draft: &mut Draft, given: &Draft, locked: FieldSet, omitted: FieldSet) -> FieldSet {
        let as_sent = self.undecided && self.mode.is_some();
        if as_sent {
            Field::all().filter(|field| varies(*field, given)).for_each(|field| draft.clear(field));
        }
        let mut touched = FieldSet::default();
        for (name, member) in &self.typed.0 {
            let Some(field) = Field::by_wire(name).filter(|field| varies(*field, given)) else { continue };
            let of_user = field.spec().filled_by == FilledBy::User;
            if !as_sent && (!of_user || locked.has(field) || omitted.has(field)) {
                continue;
            }
            match member {
                Member::Value(Value::Text(text)) => draft.set(field, text.as_str()),
                Member::Value(Value::List(texts)) => draft.set_list(field, texts.clone()),
                Member::Other => continue,
            }
            if of_user {
                touched.insert(field);
            }
        }
        touched
    }

    /// Reads what [`write`](Self::write) wrote.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let json = Json::parse(text)?;
        let flag = |name| json.get(name) == Some(&Json::Bool(true));
        Some(Self {
            typed: json.get("typed").map(Json::members).unwrap_or_default(),
            key: json.text("key"),
            replaces: json.text("replaces"),
            mode: json.text("mode").and_then(|mode| Mode::parse(&mode)),
            numbers: json.text("numbers").and_then(|numbers| {
                let mut marks = numbers.chars();
                Some(Numbers { decimal: marks.next()?, group: marks.next()? })
            }),
            undecided: flag("undecided"),
            earlier: flag("earlier"),
            replaced: json.text("replaced"),
            at: json.number("at").unwrap_or_default(),
        })
    }

    /// As text, for the tab's storage.
    pub(crate) fn write(&self) -> String {
        let numbers = self.numbers.map(|it| String::from_iter([it.decimal, it.group]));
        let texts = [
            ("key", self.key.as_deref()),
            ("replaces", self.replaces.as_deref()),
            ("replaced", self.replaced.as_deref()),
            ("mode", self.mode.map(Mode::name)),
            ("numbers", numbers.as_deref()),
        ];
        let mut members = vec![("typed".to_owned(), Json::from(&self.typed))];
        for (name, text) in texts {
            if let Some(text) = text {
                members.push((name.to_owned(), text.into()));
            }
        }
        for (name, flag) in [("undecided", self.undecided), ("earlier", self.earlier)] {
            if flag {
                members.push((name.to_owned(), Json::Bool(true)));
            }
        }
        Json::Object(members).write()
    }

    /// The same, and when it was kept or sent.
    pub(crate) fn stamp(mut text: String, at: u32) -> String {
        if text.pop() == Some('}') {
            text.extend([",\"at\":", &at.to_string()]);
        }
        text.push('}');
        text
    }

    /// Whether there is anything to keep.
    pub(crate) fn is_empty(&self) -> bool {
        self.typed.is_empty() && self.key.is_none() && !self.undecided && !self.earlier
    }

    /// The key, read.
    pub(crate) fn key(&self) -> Option<Key> {
        self.key.as_deref().and_then(|key| Key::parse(key).ok())
    }

    /// The same without what a todo of this type does not have.
    pub(crate) fn of_type(mut self, todo_type: TodoType) -> Self {
        self.typed
            .0
            .retain(|(name, _)| Field::by_wire(name).is_some_and(|field| field.spec().types.include(todo_type)));
        self
    }

    /// The same without content: of an undecided submission the key alone stays.
    pub(crate) fn forget(mut self) -> Option<Self> {
        // Of one that was sent after another, and is not on its way, the other is what is left in doubt.
        if !self.undecided && self.earlier {
            (self.key, self.undecided) = (self.replaces.take(), true);
        }
        let Self { key, replaces, undecided, earlier, .. } = self;
        undecided.then_some(Self { key, replaces, undecided, earlier, ..Self::default() })
    }
}

/// Whether a field may stand in the tab's storage: no e-mail address does.
fn may_be_kept(field: Field) -> bool {
    !matches!(field.spec().kind, Kind::Email(_))
}

/// Whether a field may be kept, and is not told by the name under which it is kept: the page states it.
fn varies(field: Field, given: &Draft) -> bool {
    let is_stated = matches!(field, Field::DomainWorkSpace | Field::OrderId) && !given.is_empty(field);
    may_be_kept(field) && !is_stated
}

/// The name under which a form's content is kept: a digest of what the page itself states, so that one order's text never
/// shows up at another's, and no address stands in the storage.
pub(crate) fn name(config: &Config) -> String {
    let mut texts = vec![config.token_endpoint.as_str()];
    for field in [Field::DomainWorkSpace, Field::OrderId, Field::Reporter, Field::TodoType] {
        texts.push(config.given.text(field));
    }
    [PREFIX, &digest(&texts)].concat()
}

/// A digest of what a todo says, but for the addresses, which are filled anew after a reload.
pub(crate) fn content(todo: &Todo) -> String {
    let values = todo.values().filter(|(field, _)| may_be_kept(*field));
    let written = Json::Object(values.map(|(field, value)| (field.wire().to_owned(), value.into())).collect()).write();
    digest(&[&written])
}

/// FNV-1a, twice: the standard library's own may change. Each text ends with what no text holds.
fn digest(texts: &[&str]) -> String {
    let mut digits = String::new();
    for basis in [0xcbf2_9ce4_8422_2325, 0x9e37_79b9_7f4a_7c15_u64] {
        let mut digest = basis;
        for text in texts {
            for byte in text.bytes().chain([0xff]) {
                digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        for at in 0..16 {
            digits.push(char::from_digit((digest >> (4 * at)) as u32 & 15, 16).unwrap_or('0'));
        }
    }
    digits
}

/// What every name begins with.
pub(crate) const PREFIX: &str = "bzctrl:";

#[cfg(test)]
mod tests {
    use super::*;

    fn config(order: &str) -> Config {
        let mut config = Config::default();
        config.given.set(Field::OrderId, order);
        config.given.set(Field::Reporter, "user@example.com");
        config
    }

    #[test]
    fn one_orders_text_is_not_anothers() {
        assert_eq!(name(&config("ORDER 777")), name(&config("ORDER 777")));
        assert_ne!(name(&config("ORDER 777")), name(&config("ORDER 778")));
        assert_eq!(name(&config("1")).len(), PREFIX.len() + 32);
    }

    #[test]
    fn only_what_the_user_touched_is_kept_and_no_address() {
        let mut draft = config("1").given;
        draft.set(Field::Title, "Seal broken ");
        draft.set(Field::Description, "prefilled");
        let mut touched = FieldSet::default();
        touched.insert(Field::Title);
        let kept = Kept { typed: Kept::typed(&draft, touched), ..Kept::default() };
        assert_eq!(kept.typed.texts().collect::<Vec<_>>(), [("title", "Seal broken ")]);

        let mut fresh = Draft::default();
        assert_eq!(kept.restore(&mut fresh, &Draft::default(), FieldSet::default(), FieldSet::default()), touched);
        assert_eq!(fresh.text(Field::Title), "Seal broken ");
        assert!(kept.restore(&mut fresh, &Draft::default(), touched, FieldSet::default()).is_empty());
    }

    #[test]
    fn what_was_kept_is_read_back_and_what_others_wrote_is_not() {
        let typed = Members::from_iter([("title", "Seal \"T1\"\n"), ("category", "")]);
        let all = Kept {
            typed,
            key: Some("k".into()),
            replaces: Some("r".into()),
            mode: Some(Mode::Sealed),
            numbers: Some(Numbers::COMMA),
            undecided: true,
            earlier: true,
            replaced: Some("d".into()),
            at: 1_795_648_320,
        };
        for kept in [all, Kept::default()] {
            assert_eq!(Kept::read(&Kept::stamp(kept.write(), kept.at)), Some(kept));
        }
        assert_eq!(Kept::read("not ours"), None);
        let odd = r#"{"typed":[],"key":7,"mode":"other","undecided":"yes"}"#;
        assert_eq!(Kept::read(odd), Some(Kept::default()));
    }

    #[test]
    fn a_storage_that_names_a_reporter_is_not_believed() {
        let kept = Kept { typed: Members::from_iter([("reporter", "x@y")]), ..Kept::default() };
        let mut draft = Draft::default();
        assert!(kept.restore(&mut draft, &Draft::default(), FieldSet::default(), FieldSet::default()).is_empty());
        assert!(draft.is_empty(Field::Reporter));
    }

    #[test]
    fn of_an_undecided_submission_the_key_alone_stays() {
        let mut kept = Kept { typed: Members::from_iter([("title", "x")]), key: Some("k".into()), ..Kept::default() };
        assert_eq!(kept.clone().forget(), None);
        kept.undecided = true;
        let left = kept.forget();
        assert!(left.is_some_and(|left| left.typed.is_empty() && left.key.is_some()));
    }
}
