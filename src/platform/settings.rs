//! Reads what a page says: the element's attributes, its `config` property, and the values that `open` was given.
//! Later ones win.

use bzctrl_contract::{Field, FilledBy, Member, Members, Value};
use js_sys::{Array, Function, Number, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Element;

use super::member;
use crate::config::{ASSERTION, CONFIG, INLINE, TEXTS, attribute, is_setting};

/// All of it, under the names that the page gives it; and the element's other attributes, which may be misspelt.
pub(super) fn read(element: &Element, values: &JsValue) -> (Members, Vec<String>) {
    let (mut members, mut stray) = (Vec::new(), Vec::new());
    for attribute in element.get_attribute_names().iter().filter_map(|name| name.as_string()) {
        if is_setting(&attribute) || attribute == CONFIG {
            let text = element.get_attribute(&attribute).unwrap_or_default();
            members.push((attribute, Member::Value(Value::Text(text))));
        } else {
            stray.push(attribute);
        }
    }
    add(&mut members, &member(element, CONFIG), str::to_owned);
    add(&mut members, values, as_setting);
    (Members(members), stray)
}

/// The object's members, whatever a page has given all objects: its own, and after them those that its class reads out.
fn each_member(values: &JsValue, take: &mut dyn FnMut(String, JsValue, bool)) {
    let (mut at, mut own) = (values.clone(), true);
    while at.is_object() {
        let above: JsValue = Reflect::get_prototype_of(&at).unwrap_or_default().into();
        if !own && !above.is_object() {
            // It is what all objects have.
            return;
        }
        for name in Reflect::own_keys(&at).unwrap_or_default().iter().filter_map(|name| name.as_string()) {
            let given = member(values, &name);
            take(name, given, own);
        }
        (at, own) = (above, false);
    }
}

/// Those that are settings. `undefined` and `null` are none.
fn add(members: &mut Vec<(String, Member)>, values: &JsValue, rename: fn(&str) -> String) {
    // A text, a map and a date hold no settings. An object that is empty may be meant so.
    let mut is_other = !values.is_object() && !values.is_undefined() && !values.is_null();
    let mut any = false;
    each_member(values, &mut |name, given, own| {
        let name = rename(&name);
        // A class has much besides.
        if !own && !is_setting(&name) {
            is_other = true;
            return;
        }
        any = true;
        // Sentences by their keys, and the host's own function: see `texts` and `assertion`.
        let beside = name == TEXTS && given.is_object() || name == ASSERTION && given.is_function();
        if !given.is_undefined() && !given.is_null() && !beside {
            let yes_or_no = given.as_bool().filter(|_| name == INLINE).map(|yes| Value::Text(yes.to_string()));
            let value = yes_or_no.or_else(|| value(&given));
            members.push((name, value.map_or(Member::Other, Member::Value)));
        }
    });
    if is_other && !any {
        members.push((CONFIG.to_owned(), Member::Other));
    }
}

/// A language's sentences, in their order, and the host's own by their keys; of two for one key the first holds. What is no text,
/// or empty, is none.
pub(super) fn texts(element: &Element, values: &JsValue, words: &JsValue) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for given in [words, &member(values, TEXTS), &member(&member(element, CONFIG), TEXTS)] {
        each_member(given, &mut |key, text, _| {
            if let Some(text) = text.as_string().filter(|text| !text.trim().is_empty()) {
                texts.push((key, text));
            }
        });
    }
    texts
}

/// The host's own function that vouches for its user.
pub(super) fn assertion(element: &Element, values: &JsValue) -> Option<Function> {
    let of = |given: &JsValue| member(given, ASSERTION).dyn_into().ok();
    of(values).or_else(|| of(&member(element, CONFIG)))
}

/// `open` takes wire names: what the user fills is a first value.
fn as_setting(name: &str) -> String {
    match Field::by_wire(name) {
        Some(field) if field.spec().filled_by == FilledBy::User && field != Field::TodoType => attribute(field),
        _ => name.to_owned(),
    }
}

/// A text, or a list of texts.
fn value(given: &JsValue) -> Option<Value> {
    if Array::is_array(given) {
        let items: &Array = given.unchecked_ref();
        return items.iter().map(|item| text(&item)).collect::<Option<_>>().map(Value::List);
    }
    text(given).map(Value::Text)
}

#[wasm_bindgen]
extern "C" {
    /// A text or a number as JavaScript writes it.
    #[wasm_bindgen(js_name = String)]
    fn written(value: &JsValue) -> String;
}

/// A text, or a number where text is meant: all of its digits, or none.
fn text(given: &JsValue) -> Option<String> {
    // One that stands in an object. A date's number is not what it means.
    if given.is_object() && member(given, "getTime").is_undefined() {
        let inner = member(given, "valueOf").dyn_into::<Function>().ok()?.call0(given).ok()?;
        return if inner.is_object() { None } else { text(&inner) };
    }
    let exact = |number: f64| number.is_finite() && number.abs() <= Number::MAX_SAFE_INTEGER;
    let is_meant = given.is_string() || given.is_bigint() || given.as_f64().is_some_and(exact);
    is_meant.then(|| written(given))
}
