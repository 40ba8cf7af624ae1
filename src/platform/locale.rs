//! How numbers and times are written where the user lives.

use bzctrl_contract::Numbers;
use js_sys::{Array, Date, Function, JsString, Number, Object};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::{member, object, window};

const ENGLISH: &str = "en";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = Number)]
    type Sample;
    // Nonsense for a language throws.
    #[wasm_bindgen(method, catch, js_name = toLocaleString)]
    fn written(this: &Sample, language: &JsValue, options: &Object) -> Result<JsString, JsValue>;
}

/// The separators that belong to the language of a form. English says little of who reads it: there the user's first language
/// decides, by its region or, where it names none, its own; one that makes no sense leaves the word to the next. Where none
/// does, the browser's own decides.
pub(super) fn numbers(language: &str) -> Numbers {
    let sample = Sample::from(JsValue::from(1_234_567.5));
    // Whatever digits the language has.
    let options = object(&[("numberingSystem", "latn".into())]);
    let written = |language: JsValue| sample.written(&language, &options).ok();
    let own = own(language);
    let languages = window().map(|window| member(&member(&window, "navigator"), "languages"));
    let languages = languages.filter(|_| own.is_undefined()).and_then(|languages| languages.dyn_into::<Array>().ok());
    let written = languages.unwrap_or_default().iter().find_map(written).or_else(|| written(own));
    written.map_or(Numbers::POINT, |written| Numbers::of_sample(&String::from(written)))
}

/// What the browser is asked for: English leaves it to the browser's own.
fn own(language: &str) -> JsValue {
    if language == ENGLISH { JsValue::UNDEFINED } else { language.into() }
}

/// An RFC 3339 time as one who reads this language writes it; as it is where the browser, or what a page has made of its
/// dates, does not know better.
pub(super) fn time(at: &str, language: &str) -> String {
    moment(Date::new(&at.into()), language).unwrap_or_else(|| at.to_owned())
}

/// The same of a time in seconds since 1970.
pub(super) fn seconds(at: u32, language: &str) -> String {
    moment(Date::new(&(f64::from(at) * 1000.0).into()), language).unwrap_or_default()
}

/// Without its day if that is today's, else with one that nobody reads as another: `3/5/26` is two days.
fn moment(at: Date, language: &str) -> Option<String> {
    let is_today = at.to_date_string() == Date::new_0().to_date_string();
    let day = if is_today { JsValue::UNDEFINED } else { "medium".into() };
    written(at, &own(language), &object(&[("dateStyle", day), ("timeStyle", "short".into())]))
}

/// A day of the calendar, as `2026-12-03`, in words of this language that nobody reads as another one.
pub(super) fn day(date: &str, language: &str) -> String {
    let long: JsValue = "long".into();
    let options = object(&[
        ("weekday", long.clone()),
        ("day", "numeric".into()),
        ("month", long),
        ("year", "numeric".into()),
        ("timeZone", "UTC".into()),
    ]);
    let language = if language == ENGLISH { "en-GB" } else { language };
    written(Date::new(&date.into()), &language.into(), &options).unwrap_or_default()
}

fn written(date: Date, language: &JsValue, options: &Object) -> Option<String> {
    let is_one = !date.get_time().is_nan();
    let date: JsValue = date.into();
    let written = member(&date, "toLocaleString").dyn_into::<Function>();
    let written = written.ok().and_then(|written| written.call2(&date, language, options).ok());
    written.and_then(|written| written.as_string()).filter(|_| is_one)
}
