//! The host's settings, parsed once, every mistake named. It knows neither the browser nor where the settings came from.

use bzctrl_contract::{
    Date, Draft, Fallback, Field, FieldSet, FilledBy, Kind, Member, Members, Value, clean_line, holds,
};

pub(crate) mod language;
mod mistakes;
mod names;

pub use mistakes::Mistake;
use mistakes::Wrong;
pub(crate) use names::{attribute, is_setting};
use names::{in_kebab_case, letters, named};

/// Which of BzCtrl's two environments a page means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Acceptance.
    Acc,
    /// Production.
    Prod,
}

impl Environment {
    /// Its name, as the token answer has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Acc => "acc",
            Self::Prod => "prod",
        }
    }

    /// Where its todos go, in token mode.
    #[must_use]
    pub fn task_endpoint(self) -> &'static str {
        match self {
            Self::Acc => "https://acc.bzctrl.com/bzctrl-core-api/api/v1/task/add-task",
            Self::Prod => "https://www.bzctrl.com/bzctrl-core-api/api/v1/task/add-task",
        }
    }
}

/// What happens with the created todo's link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OpenLink {
    /// It is opened if the browser lets us, else shown.
    #[default]
    Auto,
    /// Its tab is opened by the Submit press, and led to it.
    Reserve,
    /// It is shown.
    Never,
}

/// Which requests carry cookies. Those to BzCtrl itself never do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Credentials {
    /// Those to the page's own origin.
    #[default]
    OwnOrigin,
    /// Those to a relay of another origin too: a sign-in proxy stands before it.
    Include,
}

/// The form's colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the user's system has it.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// What a host page says, for one opening of the form.
///
/// For Yew applications: start from `Config::default()`, set the fields of [`given`](Config::given) that the
/// screen knows, and the relay's addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Where a token is asked for.
    pub token_endpoint: String,
    /// Where todos go in token mode, when the token answer does not say.
    pub task_endpoint: Option<String>,
    /// Which requests carry cookies.
    pub credentials: Credentials,
    /// Where the host's backend answers a fresh signed assertion of who its user is.
    pub assertion_endpoint: Option<String>,
    /// The environment that the page means. A token answer that names another is refused.
    pub environment: Option<Environment>,
    /// What the host knows of the todo, and first values of what the user fills.
    pub given: Draft,
    /// Fields that are shown and cannot be changed.
    pub locked: FieldSet,
    /// Optional fields that are neither shown nor sent.
    pub omitted: FieldSet,
    /// What happens with the link.
    pub open_link: OpenLink,
    /// The form's colours.
    pub theme: Theme,
    /// The form stands in the page, not in a dialog.
    pub inline: bool,
    /// The sentences that are not English's, by their keys (`docs/TEXTS.md`): the host's own; behind them, in a Yew application,
    /// those of another language, such as [`nl`](crate::nl). Of two for one key the first is said.
    pub texts: Vec<(String, String)>,
}

const PREFILL: &str = "prefill-";
const LOCKED: &str = "locked";
const OMIT: &str = "omit";
const DOMAIN: &str = "domain";
const WORKSPACE: &str = "workspace";
pub(crate) const INLINE: &str = "inline";
/// The property that holds an object of settings.
pub(crate) const CONFIG: &str = "config";
/// The host's own sentences. They come as an object, beside the settings.
pub(crate) const TEXTS: &str = "texts";
/// The host's own function that vouches for its user. It comes beside the settings.
pub(crate) const ASSERTION: &str = "assertion";

impl Config {
    /// Reads settings under their camelCase names. `relay` is the base URL to use where none is given, `today` the user's own
    /// day.
    #[must_use]
    pub fn parse(settings: &Members, relay: &str, today: Date) -> (Self, Vec<Mistake>) {
        let mut reading = Reading { config: Self::default(), mistakes: Vec::new(), today };
        let mut base = relay.to_owned();
        let mut token_endpoint = None;
        let (mut domain, mut workspace) = (String::new(), String::new());
        let (mut locked, mut omitted) = (String::new(), String::new());
        for (given_name, member) in &settings.0 {
            if given_name == CONFIG {
                reading.mistake(CONFIG, Wrong::Object);
                continue;
            }
            let Some(name) = reading.known(given_name) else { continue };
            let name = name.as_str();
            let Member::Value(value) = member else {
                reading.mistake(name, Wrong::NoText);
                continue;
            };
            let text = match value {
                Value::Text(text) => text.trim().to_owned(),
                Value::List(texts) => texts.iter().fold(String::new(), |all, text| [&all, " ", text].concat()),
            };
            match name {
                "relay" => base = reading.address(name, text),
                "token-endpoint" => token_endpoint = Some(reading.address(name, text)),
                "task-endpoint" => reading.config.task_endpoint = Some(reading.address(name, text)),
                "assertion-endpoint" => reading.config.assertion_endpoint = Some(reading.address(name, text)),
                "environment" => match reading.word(name, &text, &["acc", "prod"]) {
                    "acc" => reading.config.environment = Some(Environment::Acc),
                    "prod" => reading.config.environment = Some(Environment::Prod),
                    _ => {}
                },
                "credentials" => {
                    if !reading.word(name, &text, &["include"]).is_empty() {
                        reading.config.credentials = Credentials::Include;
                    }
                }
                DOMAIN => domain = text,
                WORKSPACE => workspace = text,
                LOCKED => locked = text,
                OMIT => omitted = text,
                "open-link" => match reading.word(name, &text, &["auto", "reserve", "never"]) {
                    "auto" => reading.config.open_link = OpenLink::Auto,
                    "reserve" => reading.config.open_link = OpenLink::Reserve,
                    "never" => reading.config.open_link = OpenLink::Never,
                    _ => {}
                },
                "theme" => match reading.word(name, &text, &["auto", "light", "dark"]) {
                    "auto" => reading.config.theme = Theme::Auto,
                    "light" => reading.config.theme = Theme::Light,
                    "dark" => reading.config.theme = Theme::Dark,
                    _ => {}
                },
                INLINE => reading.config.inline = !text.eq_ignore_ascii_case("false"),
                // The loader's own, which knows it to the letter.
                "preload" => {
                    let words = &["intent", "idle", "eager", "none"];
                    if !words.contains(&text.as_str()) {
                        reading.mistake(name, Wrong::NoWord(words));
                    }
                }
                TEXTS => reading.mistake(name, Wrong::NoSentences),
                // Its words come with it (`www/start.js`).
                "lang" => reading.mistake(name, Wrong::NoLanguage(text)),
                _ => reading.field(name, value),
            }
        }
        if reading.config.given.is_empty(Field::DomainWorkSpace) && !(domain.is_empty() && workspace.is_empty()) {
            if workspace.is_empty() {
                reading.mistake(DOMAIN, Wrong::Half(WORKSPACE));
            } else if domain.is_empty() {
                reading.mistake(WORKSPACE, Wrong::Half(DOMAIN));
            }
            reading.config.given.set(Field::DomainWorkSpace, join(&domain, &workspace));
        }
        reading.config.token_endpoint =
            token_endpoint.unwrap_or_else(|| [base.trim_end_matches('/'), "/v1/token"].concat());
        reading.names(OMIT, &omitted);
        reading.names(LOCKED, &locked);
        (reading.config, reading.mistakes)
    }
}

/// Domain and workspace as one: a domain that already ends with the workspace is not joined with it again.
fn join(domain: &str, workspace: &str) -> String {
    let ends_with_it = domain.strip_suffix(workspace).is_some_and(|rest| rest.is_empty() || rest.ends_with('-'));
    match (domain, workspace) {
        (one, "") | ("", one) => one.to_owned(),
        (domain, _) if ends_with_it => domain.to_owned(),
        (domain, workspace) => [domain, "-", workspace].concat(),
    }
}

struct Reading {
    config: Config,
    mistakes: Vec<Mistake>,
    today: Date,
}

impl Reading {
    fn mistake(&mut self, attribute: &str, wrong: Wrong) {
        self.mistakes.push(Mistake { attribute: attribute.to_owned(), wrong });
    }

    /// The attribute that a name means. What is plainly meant is taken: `orderid`, as frameworks make it of `orderId`. All
    /// but the attribute's own name and its camelCase is told.
    fn known(&mut self, name: &str) -> Option<String> {
        let meant = named(name);
        match &meant {
            Some(attribute) if *attribute == in_kebab_case(name) => {}
            Some(attribute) => self.mistake(name, Wrong::TakenAs(attribute.clone())),
            None => self.mistake(name, Wrong::Unknown),
        }
        meant
    }

    /// The one of some words that a text is, in any case; empty if it is none.
    fn word(&mut self, name: &str, text: &str, words: &'static [&'static str]) -> &'static str {
        let word = words.iter().find(|word| word.eq_ignore_ascii_case(text.trim()));
        if word.is_none() {
            self.mistake(name, Wrong::NoWord(words));
        }
        word.copied().unwrap_or_default()
    }

    /// Without its beginning an address is one beneath the page's own, or of a scheme that nobody knows.
    fn address(&mut self, name: &str, text: String) -> String {
        if !["https://", "http://", "/", "."].iter().any(|begin| text.starts_with(begin)) {
            self.mistake(name, Wrong::NoAddress);
        }
        text
    }

    /// A field's own value, or the first value of one that the user fills.
    fn field(&mut self, name: &str, value: &Value) {
        let (field, prefilled) = match name.strip_prefix(PREFILL) {
            Some(field) => (field, true),
            None => (name, false),
        };
        if let Some(field) = Field::all().find(|it| in_kebab_case(it.wire()) == field) {
            if prefilled { self.prefill(name, field, value) } else { self.host_value(name, field, value) }
        }
    }

    fn host_value(&mut self, name: &str, field: Field, value: &Value) {
        let given = &mut self.config.given;
        match (field.spec().kind, value) {
            (Kind::List(..), Value::Text(text)) => given.set_list(field, text.split(',').map(str::to_owned).collect()),
            (Kind::List(..), Value::List(texts)) => given.set_list(field, texts.clone()),
            (Kind::Choice(choices), Value::Text(text)) => match self.word(name, text, choices.offered()) {
                "" => {}
                word => self.config.given.set(field, word),
            },
            // What stands in sight is what is sent.
            (_, Value::Text(text)) => given.set(field, clean_line(text)),
            (_, Value::List(_)) => self.mistake(name, Wrong::List),
        }
    }

    /// A wrong prefill falls back to the field's default.
    fn prefill(&mut self, name: &str, field: Field, value: &Value) {
        let cents;
        let text = match (field.spec().kind, value) {
            // A number that has lost its last zero.
            (Kind::Amount, Value::Text(text)) if text.as_bytes().iter().nth_back(1) == Some(&b'.') => {
                cents = [text, "0"].concat();
                Some(cents.as_str())
            }
            (Kind::Choice(choices), Value::Text(text)) => match self.word(name, text, choices.offered()) {
                "" => return,
                word => Some(word),
            },
            (_, Value::Text(text)) => Some(text.as_str()),
            (_, Value::List(_)) => None,
        };
        let Some(text) = text.filter(|text| text.trim().is_empty() || holds(field, text)) else {
            return self.mistake(name, Wrong::NotValid);
        };
        // The form would refuse it, and where it is locked nobody could mend it.
        let day = Date::parse(text).filter(|_| matches!(field.spec().kind, Kind::Date));
        if day.is_some_and(|day| day < self.today || day.is_years_after(10, self.today)) {
            return self.mistake(name, Wrong::NoDay);
        }
        self.config.given.set(field, text);
    }

    /// `locked` and `omit`: wire names, parted by commas or space.
    fn names(&mut self, setting: &str, names: &str) {
        let parts = names.split(|character: char| character == ',' || character.is_whitespace());
        for name in parts.filter(|name| !name.is_empty()) {
            let letters = letters(name);
            let Some(field) = Field::all().find(|field| field.wire().eq_ignore_ascii_case(&letters)) else {
                self.mistake(setting, Wrong::NoField(name.to_owned()));
                continue;
            };
            let spec = field.spec();
            let holds = if setting == OMIT {
                !spec.required
            } else {
                let given = self.config.given.text(field);
                spec.filled_by == FilledBy::Host || holds(field, given) || matches!(spec.fallback, Fallback::Word(_))
            };
            if !holds {
                self.mistake(setting, Wrong::Unfit(name.to_owned(), field));
            } else if setting == OMIT {
                self.config.omitted.insert(field);
                self.config.given.clear(field);
            } else {
                self.config.locked.insert(field);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
