//! How numbers and times are written where the user lives.

use bzctrl_contract::Numbers;
use js_sys::{Array, Date, Function, JsString, Number, Object};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::{member, object, window};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = Number)]
    type Sample;
    // Nonsense for a language throws.
    #[wasm_bindgen(method, catch, js_name = toLocaleString)]
    fn written(this: &Sample, language: &JsValue, options: &Object) -> Result<JsString, JsValue>;
}

/// The separators that belong to the user's first language: those of its region or, where it names none, its own. A language
/// that makes no sense leaves the word to the next; where none does, the browser's own decides.
pub(super) fn numbers() -> Numbers {
    let sample = Sample::from(JsValue::from(1_234_567.5));
    // Whatever digits the language has.
    let options = object(&[("numberingSystem", "latn".into())]);
    let written = |language: JsValue| sample.written(&language, &options).ok();
    let languages = window().map(|window| member(&member(&window, "navigator"), "languages"));
    let languages: Array = languages.and_then(|languages| languages.dyn_into().ok()).unwrap_or_default();
    let written = languages.iter().find_map(written).or_else(|| written(JsValue::UNDEFINED));
    written.map_or(Numbers::POINT, |written| Numbers::of_sample(&String::from(written)))
}

/// An RFC 3339 time as the browser's user writes it; as it is where the browser, or what a page has made of its
/// dates, does not know better.
pub(super) fn time(at: &str) -> String {
    written(Date::new(&at.into()), &JsValue::UNDEFINED, &short()).unwrap_or_else(|| at.to_owned())
}

/// The same of a time in seconds since 1970.
pub(super) fn seconds(at: u32) -> String {
    written(Date::new(&(f64::from(at) * 1000.0).into()), &JsValue::UNDEFINED, &short()).unwrap_or_default()
}

/// A day of the calendar, as `2026-12-03`, in words that nobody reads as another one.
pub(super) fn day(date: &str) -> String {
    let long: JsValue = "long".into();
    let options = object(&[
        ("weekday", long.clone()),
        ("day", "numeric".into()),
        ("month", long),
        ("year", "numeric".into()),
        ("timeZone", "UTC".into()),
    ]);
    written(Date::new(&date.into()), &"en-GB".into(), &options).unwrap_or_default()
}

fn short() -> Object {
    object(&[("dateStyle", "short".into()), ("timeStyle", "short".into())])
}

fn written(date: Date, language: &JsValue, options: &Object) -> Option<String> {
    let is_one = !date.get_time().is_nan();
    let date: JsValue = date.into();
    let written = member(&date, "toLocaleString").dyn_into::<Function>();
    let written = written.ok().and_then(|written| written.call2(&date, language, options).ok());
    written.and_then(|written| written.as_string()).filter(|_| is_one)
}
