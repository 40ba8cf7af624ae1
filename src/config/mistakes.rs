//! What a page says wrongly, told to its developer: what is wrong, what happens instead, and what to write. The sentences are needed
//! only once a form stands, so that they come with the second act: nothing but [`Mistake::line`] and
//! [`Config::mistakes`] may lead to them.

use bzctrl_contract::{Field, FieldError, FilledBy, Numbers, validate};

use super::language::{LANGUAGES, primary};
use super::names::{in_camel_case, is_plain, letters, near_setting, nearest};
use super::{Config, OMIT, attribute};

/// A setting that is missing, wrong or unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The setting's name: the attribute's, or the one that the page has given where that is none.
    pub attribute: String,
    pub(super) wrong: Wrong,
}

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// An object, written as an attribute.
    Object,
    /// Sentences, written as text.
    NoSentences,
    /// Neither text, nor a number, nor a list.
    NoText,
    /// A list where a text is meant.
    List,
    /// None of these words.
    NoWord(&'static [&'static str]),
    /// A language's tag, which may be none of ours.
    NoLanguage(String),
    /// No value that its field could hold.
    NotValid,
    /// A reminder that the form would not take today.
    NoDay,
    /// What an address cannot begin with.
    NoAddress,
    /// It stands without its other half, which is this attribute.
    Half(&'static str),
    /// A name that means this attribute.
    TakenAs(String),
    /// A name that means none.
    Unknown,
    /// An attribute of the element that is no setting: one of the page's own, or a misspelt one.
    Stray,
    /// A name in `locked` or `omit` that is no field's.
    NoField(String),
    /// A name in `omit` or `locked` that cannot be there.
    Unfit(String, Field),
    /// A field that every todo needs is missing.
    Missing,
    /// No todo can be sent with it.
    Useless,
    /// Another element that stands in the page with its form has the same.
    Shared,
}

impl Config {
    /// What the page has left out, or states as no todo can be sent with it.
    pub(crate) fn mistakes(&self) -> Vec<Mistake> {
        let errors = validate(&self.given, Numbers::POINT).err().unwrap_or_default();
        let mistake = |FieldError { field, .. }: FieldError| {
            let given = !self.given.is_empty(field);
            let wrong = match (field, field.spec().filled_by) {
                (Field::OrderId, _) if !given => Wrong::Missing,
                (_, FilledBy::Host) if given => Wrong::Useless,
                _ => return None,
            };
            Some(Mistake { attribute: attribute(field), wrong })
        };
        errors.into_iter().filter_map(mistake).collect()
    }
}

impl Mistake {
    /// An attribute that is no setting's.
    pub(crate) fn stray(attribute: String) -> Self {
        Self { attribute, wrong: Wrong::Stray }
    }

    /// An order that two elements show in the page.
    pub(crate) fn shared() -> Self {
        Self { attribute: attribute(Field::OrderId), wrong: Wrong::Shared }
    }

    /// The line for the developer; none of what is the page's own.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        let what = match &self.wrong {
            Wrong::Object => "is an object that a script sets or gives to open(), such as { orderId: '4711' }; as an attribute, a text, a number, a map or a date it says nothing".to_owned(),
            Wrong::NoSentences => {
                "is an object of sentences by their keys, given by the property `config` or to `open()`; it is left out".to_owned()
            }
            Wrong::NoText => "is neither text, nor a number, nor a list of these; it is left out".to_owned(),
            Wrong::List => "is a list where a text is expected; it is left out".to_owned(),
            Wrong::NoWord(words) => ["is none of ", &words.join(", "), "; the default is used"].concat(),
            Wrong::NoLanguage(tag) if LANGUAGES.contains(&primary(tag).as_str()) => return None,
            Wrong::NoLanguage(_) => ["is none of ", &LANGUAGES.join(", "), "; the browser's language is used"].concat(),
            Wrong::NotValid => "is not valid; the field's default is used".to_owned(),
            Wrong::NoDay => "is no day from today on, within ten years; the field's default is used".to_owned(),
            Wrong::NoAddress => {
                "does not begin with https:// or http://, nor with / as an address on the page's own host does; nothing may be there"
                    .to_owned()
            }
            Wrong::Half(other) => {
                ["is given without ", other, ", and taken for all of domain-work-space; give both, or that one"].concat()
            }
            Wrong::TakenAs(meant) => ["is taken as ", &self.as_given(meant), "; write it so"].concat(),
            Wrong::Unknown => match near_setting(&self.attribute) {
                Some(near) => ["is not known; did you mean ", &self.as_given(&near), "?"].concat(),
                None => "is not known; it is left out".to_owned(),
            },
            Wrong::Stray if may_be_a_setting(&self.attribute) => {
                ["is not known; did you mean ", &near_setting(&self.attribute)?, "?"].concat()
            }
            Wrong::Stray => return None,
            Wrong::NoField(name) => match nearest(&letters(name), Field::all().map(|field| field.wire().to_owned())) {
                Some(near) => names(name, &["is no field; did you mean ", &near, "?"]),
                None => names(name, &["is no field; that name is left out"]),
            },
            Wrong::Unfit(name, _) if self.attribute == OMIT => names(name, &["every todo needs; it stays"]),
            Wrong::Unfit(name, field) => {
                let value = attribute(*field);
                names(name, &["a lock needs a value for; give a valid ", &value, ", until then it can be changed"])
            }
            Wrong::Missing => "is missing; the form cannot be submitted without it".to_owned(),
            Wrong::Shared => {
                "is that of another inline element too; its one form stands in the one that was asked last, the other has its button"
                    .to_owned()
            }
            Wrong::Useless => "is not valid; no todo can be sent with it".to_owned(),
        };
        Some([&self.attribute, " ", &what].concat())
    }

    /// A setting's name as the page has to write it: attributes have no capitals.
    fn as_given(&self, meant: &str) -> String {
        let is_property = self.attribute.chars().any(|letter| letter.is_ascii_uppercase());
        if is_property { in_camel_case(meant) } else { meant.to_owned() }
    }
}

fn names(name: &str, what: &[&str]) -> String {
    ["names \"", name, "\", which ", &what.concat()].concat()
}

/// Whether an attribute may be a misspelt setting. The page's own, a framework's and what resembles no setting are not ours to
/// judge.
fn may_be_a_setting(attribute: &str) -> bool {
    // `v-`, `x-`, `hx-`, `ng-`.
    let marked = attribute.find('-').is_some_and(|at| at < 3);
    is_plain(attribute) && !marked && attribute != Field::Title.wire()
}
