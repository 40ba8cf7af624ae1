//! How numbers are written where the user lives: the form's language with the user's region.

use bzctrl_contract::Numbers;
use js_sys::Number;

use super::window;

/// The separators, as the browser knows them.
pub(super) fn numbers() -> Numbers {
    let mut locale = String::from("en");
    if let Some(region) = region() {
        locale.push('-');
        locale.push_str(&region);
    }
    let written = String::from(Number::from(1_234_567.5).to_locale_string(&locale));
    let mut separators = written.chars().filter(|character| !character.is_ascii_digit());
    match (separators.next(), separators.next_back()) {
        (Some(group), Some(decimal)) => Numbers { decimal, group },
        _ => Numbers::POINT,
    }
}

/// The region of the first of the user's languages that names one.
fn region() -> Option<String> {
    let languages = window()?.navigator().languages();
    let tags = languages.iter().filter_map(|tag| tag.as_string());
    tags.filter_map(|tag| {
        tag.split('-')
            .skip(1)
            .find(|part| part.len() == 2 || part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit()))
            .map(str::to_owned)
    })
    .next()
}
