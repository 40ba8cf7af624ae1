//! The tab's session storage. It throws where storage is forbidden, and may be full: then nothing is kept, and the
//! form works all the same.

use wasm_bindgen::JsValue;
use web_sys::Storage;

use super::window;
use crate::form::restore::{Kept, PREFIX};

fn storage() -> Option<Storage> {
    window()?.session_storage().ok()?
}

/// What is kept under a name.
pub(super) fn read(name: &str) -> Option<Kept> {
    Kept::read(&storage()?.get_item(name).ok()??)
}

/// Keeps it; what is empty is dropped.
pub(super) fn write(name: &str, kept: &Kept) {
    if kept.is_empty() {
        return remove(name);
    }
    if let Some(storage) = storage() {
        drop(storage.set_item(name, &kept.write()));
    }
}

/// Drops it.
pub(super) fn remove(name: &str) {
    if let Some(storage) = storage() {
        drop(storage.remove_item(name));
    }
}

/// Drops what was typed, of every form in this tab. Of an undecided submission the key alone stays.
pub(super) fn forget() {
    let Some(storage) = storage() else { return };
    let names: Vec<_> = (0..storage.length().unwrap_or(0))
        .filter_map(|at| storage.key(at).ok()?)
        .filter(|name| name.starts_with(PREFIX))
        .collect();
    for name in names {
        match read(&name).and_then(Kept::forget) {
            Some(key_alone) => write(&name, &key_alone),
            None => remove(&name),
        }
    }
}

/// A value as plain JavaScript objects, its members in order.
pub(super) fn to_js(value: &impl serde::Serialize) -> Option<JsValue> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).ok()
}
