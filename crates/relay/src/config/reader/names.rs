//! Names of settings, of sections that the operator names, and of the variables that they have in the environment.

use super::PREFIX;

/// A name stands in lines of the log, which are bounded.
const LONGEST: usize = 64;

/// What is wrong with the name of a section that the operator names: it must be told from every other one, in the
/// environment too, and everywhere that the relay uses it. `other` has the same one there.
pub(super) fn name_mistake(name: &str, other: Option<&String>) -> Option<String> {
    if name.len() > LONGEST {
        return Some(format!("the name is longer than {LONGEST} letters"));
    }
    if !is_plain(name) {
        return Some("expected a name of letters and digits, joined by single '-' or '_'".to_owned());
    }
    let other = other?;
    Some(format!("in the environment this name is the same as that of {other}: choose another"))
}

pub(super) fn is_plain(name: &str) -> bool {
    name.split(['-', '_']).all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Whether a variable has a setting's name but for underscores, one where two are meant or the like, and the word RELAY.
pub(super) fn is_nearly(name: &str, setting: &str) -> bool {
    let letters = |name: &str| name.replace('_', "").to_ascii_uppercase();
    let (name, setting) = (letters(name), letters(setting));
    let rest = |name: &str| name.strip_prefix("BZCTRLRELAY").or_else(|| name.strip_prefix("BZCTRL")).map(str::to_owned);
    rest(&setting).is_some() && (name == setting || rest(&name) == rest(&setting))
}

/// Whether a name is a slip in another one: a letter or two too many, too few, wrong or in the wrong place.
pub(super) fn is_like(name: &str, meant: &str) -> bool {
    let most = if meant.len() < 5 { 1 } else { 2 };
    name != meant && strsim::osa_distance(name, meant) <= most
}

/// The environment's name of a setting.
pub(super) fn variable(place: &str) -> String {
    PREFIX.to_owned() + &place.replace('.', "__").replace('-', "_").to_ascii_uppercase()
}

/// What the names begin with of the variables of a section.
pub(super) fn variables_of(section: &str) -> String {
    variable(section) + "__"
}
