//! Reads what a page says: the element's attributes, its `config` property, and the values that `open` was given.
//! Later ones win.

use bzctrl_contract::{Field, FilledBy, Member, Members, Value};
use wasm_bindgen::JsValue;
use web_sys::Element;

use super::{answer, member};
use crate::config::setting;

/// All of it, under camelCase names.
pub(super) fn read(element: &Element, values: &JsValue) -> Members {
    let mut members = Vec::new();
    for attribute in element.get_attribute_names().iter().filter_map(|name| name.as_string()) {
        if let Some(name) = setting(&attribute) {
            let text = element.get_attribute(&attribute).unwrap_or_default();
            members.push((name, Member::Value(Value::Text(text))));
        }
    }
    add(&mut members, &member(element, "config"), str::to_owned);
    add(&mut members, values, as_setting);
    Members(members)
}

fn add(members: &mut Vec<(String, Member)>, values: &JsValue, rename: fn(&str) -> String) {
    members.extend(answer::members(values).0.into_iter().map(|(name, member)| (rename(&name), member)));
}

/// `open` takes wire names: what the user fills is a first value.
fn as_setting(name: &str) -> String {
    match Field::by_wire(name) {
        Some(field) if field.spec().filled_by == FilledBy::User && field != Field::TodoType => {
            ["prefill", name].concat()
        }
        _ => name.to_owned(),
    }
}
