//! The host's settings, parsed once, every mistake named. It knows neither the browser nor where the settings came from.

use bzctrl_contract::{
    Amount, Choices, Draft, Fallback, Field, FieldError, FieldSet, FilledBy, Kind, Member, Members, Numbers, Value,
    clean_line, validate,
};

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
}

/// A setting that is missing, wrong or unknown, for the developer's eyes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The attribute's name.
    pub attribute: String,
    /// What is wrong with it, and what happens instead.
    pub what: &'static str,
}

const PREFILL: &str = "prefill";

/// Of a setting that is one of a few words.
const NO_WORD: &str = "is none of the words that it may be; the default is used";

impl Config {
    /// Reads settings under their camelCase names. `relay` is the base URL to use where none is given.
    #[must_use]
    pub fn parse(settings: &Members, relay: &str) -> (Self, Vec<Mistake>) {
        let mut reading = Reading { config: Self::default(), mistakes: Vec::new() };
        let mut base = relay.to_owned();
        let mut token_endpoint = None;
        let (mut domain, mut workspace) = (String::new(), String::new());
        let (mut locked, mut omitted) = (String::new(), String::new());
        for (name, member) in &settings.0 {
            let Member::Value(value) = member else {
                reading.mistake(name, "is neither text nor a list of texts; it is left out");
                continue;
            };
            let text = match value {
                Value::Text(text) => text.trim().to_owned(),
                Value::List(texts) => texts.join(" "),
            };
            match name.as_str() {
                "relay" => base = text,
                "tokenEndpoint" => token_endpoint = Some(text),
                "taskEndpoint" => reading.config.task_endpoint = Some(text),
                "environment" => match text.to_ascii_lowercase().as_str() {
                    "acc" => reading.config.environment = Some(Environment::Acc),
                    "prod" => reading.config.environment = Some(Environment::Prod),
                    _ => reading.mistake(name, NO_WORD),
                },
                "credentials" => match text.as_str() {
                    "include" => reading.config.credentials = Credentials::Include,
                    _ => reading.mistake(name, NO_WORD),
                },
                "domain" => domain = text,
                "workspace" => workspace = text,
                "locked" => locked = text,
                "omit" => omitted = text,
                "openLink" => match text.as_str() {
                    "auto" => reading.config.open_link = OpenLink::Auto,
                    "never" => reading.config.open_link = OpenLink::Never,
                    _ => reading.mistake(name, NO_WORD),
                },
                "theme" => match text.as_str() {
                    "auto" => reading.config.theme = Theme::Auto,
                    "light" => reading.config.theme = Theme::Light,
                    "dark" => reading.config.theme = Theme::Dark,
                    _ => reading.mistake(name, NO_WORD),
                },
                "inline" => reading.config.inline = text != "false",
                // The loader's own.
                "preload" if ["intent", "idle", "eager", "none"].contains(&text.as_str()) => {}
                "preload" => reading.mistake(name, NO_WORD),
                // For the sentences' languages.
                "lang" => {}
                _ => reading.field(name, value),
            }
        }
        if reading.config.given.is_empty(Field::DomainWorkSpace) && !(domain.is_empty() && workspace.is_empty()) {
            reading.config.given.set(Field::DomainWorkSpace, join(&domain, &workspace));
        }
        reading.config.token_endpoint =
            token_endpoint.unwrap_or_else(|| [base.trim_end_matches('/'), "/v1/token"].concat());
        reading.names("omit", &omitted);
        reading.names("locked", &locked);
        for FieldError { field, .. } in validate(&reading.config.given, Numbers::POINT).err().unwrap_or_default() {
            let given = !reading.config.given.is_empty(field);
            if field == Field::OrderId && !given {
                reading.mistake(field.wire(), "is missing; the form cannot be submitted without it");
            } else if field.spec().filled_by == FilledBy::Host && given {
                reading.mistake(field.wire(), "is not valid; no todo can be sent with it");
            }
        }
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
}

impl Reading {
    fn mistake(&mut self, setting: &str, what: &'static str) {
        self.mistakes.push(Mistake { attribute: attribute(setting), what });
    }

    /// A field's own value, or the first value of one that the user fills.
    fn field(&mut self, name: &str, value: &Value) {
        let prefilled = name.strip_prefix(PREFILL).and_then(Field::by_name);
        let by_host = |field: &Field| field.spec().filled_by == FilledBy::Host || *field == Field::TodoType;
        match (prefilled, Field::by_name(name)) {
            (Some(field), _) if !by_host(&field) => self.prefill(name, field, value),
            (None, Some(field)) if by_host(&field) => self.host_value(name, field, value),
            (None, Some(_)) => self.mistake(name, "is for the user to fill; prefill- goes before its name"),
            _ => self.mistake(name, "is not known; it is left out"),
        }
    }

    fn host_value(&mut self, name: &str, field: Field, value: &Value) {
        let given = &mut self.config.given;
        match (field.spec().kind, value) {
            (Kind::List(..), Value::Text(text)) => given.set_list(field, text.split(',').map(str::to_owned).collect()),
            (Kind::List(..), Value::List(texts)) => given.set_list(field, texts.clone()),
            (Kind::Choice(choices), Value::Text(text)) => match offered(choices, text) {
                Some(word) => given.set(field, word),
                None => self.mistake(name, NO_WORD),
            },
            // What stands in sight is what is sent.
            (_, Value::Text(text)) => given.set(field, clean_line(text)),
            (_, Value::List(_)) => self.mistake(name, "is a list where a text is expected; it is left out"),
        }
    }

    /// A wrong prefill falls back to the field's default.
    fn prefill(&mut self, name: &str, field: Field, value: &Value) {
        let text = match (field.spec().kind, value) {
            (Kind::Choice(choices), Value::Text(text)) => offered(choices, text),
            (_, Value::Text(text)) => Some(text.as_str()),
            (_, Value::List(_)) => None,
        };
        let holds = text.is_some_and(|text| text.trim().is_empty() || holds(field, text));
        match text {
            Some(text) if holds => self.config.given.set(field, text),
            _ => self.mistake(name, "is not valid; the field's default is used"),
        }
    }

    /// `locked` and `omit`: wire names, separated by space.
    fn names(&mut self, setting: &str, names: &str) {
        for name in names.split_whitespace() {
            let Some(field) = Field::by_wire(name) else {
                self.mistake(setting, "names a field that is not known; that name is left out");
                continue;
            };
            let spec = field.spec();
            if setting == "omit" {
                if spec.required {
                    self.mistake(setting, "names a field that every todo needs; that name is left out");
                } else {
                    self.config.omitted.insert(field);
                    self.config.given.clear(field);
                }
                continue;
            }
            let given = self.config.given.text(field);
            if spec.filled_by == FilledBy::Host || holds(field, given) || matches!(spec.fallback, Fallback::Word(_)) {
                self.config.locked.insert(field);
            } else {
                self.mistake(setting, "names a field whose value is not valid; it can be changed");
            }
        }
    }
}

fn offered(choices: &Choices, text: &str) -> Option<&'static str> {
    choices.offered().iter().find(|word| word.eq_ignore_ascii_case(text.trim())).copied()
}

/// Whether a text is what a field can hold, in the wire's form.
fn holds(field: Field, text: &str) -> bool {
    if matches!(field.spec().kind, Kind::Amount) {
        return Amount::wire(text).is_ok();
    }
    let mut draft = Draft::default();
    draft.set(field, text);
    if let bzctrl_contract::Types::Only(todo_type) = field.spec().types {
        draft.set(Field::TodoType, todo_type.wire());
    }
    let faulty = validate(&draft, Numbers::POINT).is_err_and(|errors| errors.iter().any(|error| error.field == field));
    !faulty && !text.trim().is_empty()
}

/// The attribute that a camelCase or a wire name belongs to: `orderId` and `orderID` are `order-id`.
fn attribute(name: &str) -> String {
    let mut attribute = String::with_capacity(name.len() + 4);
    let mut in_capitals = false;
    for character in name.chars() {
        if character.is_ascii_uppercase() && !in_capitals {
            attribute.push('-');
        }
        in_capitals = character.is_ascii_uppercase();
        attribute.push(character.to_ascii_lowercase());
    }
    attribute
}

/// The camelCase name of an attribute that carries a setting: `orderId` of `order-id`. Misspelt ones are told, but only
/// where they can be nobody else's: the page's own attributes are not ours to judge.
pub(crate) fn setting(attribute: &str) -> Option<String> {
    let mut name = String::with_capacity(attribute.len());
    let mut capital = false;
    for character in attribute.chars() {
        if character != '-' {
            name.push(if capital { character.to_ascii_uppercase() } else { character });
        }
        capital = character == '-';
    }
    let known = OWN.contains(&name.as_str()) || Field::by_name(&name).is_some() || name.starts_with(PREFILL);
    known.then_some(name)
}

/// The settings that are no field's.
const OWN: [&str; 14] = [
    "inline",
    "relay",
    "tokenEndpoint",
    "taskEndpoint",
    "credentials",
    "environment",
    "domain",
    "workspace",
    "locked",
    "omit",
    "openLink",
    "theme",
    "lang",
    "preload",
];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parse(settings: &[(&str, &str)]) -> (Config, Vec<String>) {
        let members = settings
            .iter()
            .map(|(name, text)| ((*name).to_owned(), Member::Value(Value::Text((*text).to_owned()))))
            .collect();
        let (config, mistakes) = Config::parse(&Members(members), "https://relay.example.com");
        (config, mistakes.into_iter().map(|mistake| mistake.attribute).collect())
    }

    #[test]
    fn a_page_that_states_what_is_needed_has_no_mistakes() {
        let (config, mistakes) = parse(&[
            ("domainWorkSpace", "EXA-CON-BUS-WOR"),
            ("reporter", "user@example.com"),
            ("orderId", "ORDER 777"),
            ("category", "Customs, IT"),
            ("todoType", "Task"),
            ("prefillStatus", "done"),
            ("prefillReminderDate", "2026-12-24"),
            ("relay", "https://relay.example.com/base/"),
        ]);
        assert_eq!(mistakes, [""; 0]);
        assert_eq!(config.token_endpoint, "https://relay.example.com/base/v1/token");
        assert_eq!(config.given.list(Field::Category), ["Customs", " IT"]);
        assert_eq!(config.given.text(Field::TodoType), "TASK");
        assert_eq!(config.given.text(Field::Status), "DONE");
        assert_eq!(config.given.text(Field::ReminderDate), "2026-12-24");
    }

    #[test]
    fn every_mistake_is_named_by_its_attribute() {
        let (config, mistakes) = parse(&[
            ("todoType", "problem"),
            ("prefillStatus", "EXPIRED"),
            ("prefillFinancialImpact", "1.250,00"),
            ("title", "x"),
            ("prefillReporter", "x"),
            ("colour", "red"),
            ("environment", "test"),
            ("openLink", "maybe"),
            ("preload", "intnt"),
            ("reporter", "bob"),
            ("omit", "title lrn nothing"),
            ("locked", "reminderDate status"),
        ]);
        assert_eq!(
            mistakes,
            [
                "todo-type",
                "prefill-status",
                "prefill-financial-impact",
                "title",
                "prefill-reporter",
                "colour",
                "environment",
                "open-link",
                "preload",
                "omit",
                "omit",
                "locked",
                "reporter",
                "order-id",
            ]
        );
        assert!(config.omitted.has(Field::Lrn) && config.locked.has(Field::Status));
        assert!(!config.locked.has(Field::ReminderDate));
        assert!(Field::all().all(|field| config.given.is_empty(field) || field == Field::Reporter));
    }

    #[test]
    fn domain_and_workspace_are_joined_once() {
        for (domain, workspace) in [("EXA-CON-BUS", "WOR"), ("EXA-CON-BUS-WOR", "WOR"), ("EXA-CON-BUS-WOR", "")] {
            let (config, _) = parse(&[("domain", domain), ("workspace", workspace)]);
            assert_eq!(config.given.text(Field::DomainWorkSpace), "EXA-CON-BUS-WOR");
        }
        assert_eq!(join("EXA-NOTWOR", "WOR"), "EXA-NOTWOR-WOR");
    }

    #[test]
    fn attributes_carry_settings_and_the_pages_own_are_left_alone() {
        for (attribute, name) in [
            ("order-id", "orderId"),
            ("sub-category", "subCategory"),
            ("prefill-financial-impact", "prefillFinancialImpact"),
            ("token-endpoint", "tokenEndpoint"),
            ("prefill-titel", "prefillTitel"),
        ] {
            assert_eq!(setting(attribute).as_deref(), Some(name));
        }
        for attribute in ["id", "class", "data-order", "aria-label", "hidden"] {
            assert_eq!(setting(attribute), None, "{attribute}");
        }
    }
}
