//! The tab's session storage. It throws where storage is forbidden, and may be full: then nothing is kept, and the
//! form works all the same.

use bzctrl_contract::{Key, TodoType};
use wasm_bindgen::JsValue;
use web_sys::Storage;

use super::{clock, later, window};
use crate::form::restore::{Kept, PREFIX};

fn storage() -> Option<Storage> {
    window()?.session_storage().ok()?
}

/// What is kept under a name.
pub(super) fn read(name: &str) -> Option<Kept> {
    Kept::read(&text(name)?)
}

/// The same, as it was written.
pub(super) fn text(name: &str) -> Option<String> {
    storage()?.get_item(name).ok()?
}

/// Keeps it; what is empty is dropped. `false` if not all of it could be kept: what was kept before it is gone then.
pub(super) fn write(name: &str, kept: Kept, todo_type: TodoType) -> bool {
    if kept.is_empty() {
        remove(name);
        return true;
    }
    let Some(storage) = storage() else { return false };
    let mut text = kept.write();
    if let Some(later) = later::get() {
        text = (later.stamp)(text, &kept);
    }
    if storage.set_item(name, &text).is_ok() {
        return true;
    }
    drop(storage.remove_item(name));
    if let Some(later) = later::get() {
        (later.write_less)(&storage, name, kept, todo_type);
    }
    false
}

/// The same, and when that was.
pub(super) fn stamp(text: String, kept: &Kept) -> String {
    Kept::stamp(text, if kept.at > 0 { kept.at } else { clock::seconds() })
}

/// What does not fit gives way to the key.
pub(super) fn write_less(storage: &Storage, name: &str, kept: Kept, todo_type: TodoType) {
    let shown = kept.of_type(todo_type);
    if storage.set_item(name, &shown.write()).is_err()
        && let Some(key_alone) = shown.forget()
    {
        drop(storage.set_item(name, &key_alone.write()));
    }
}

/// Drops it, if nothing but this key is kept.
pub(super) fn remove_key(name: &str, key: Option<&Key>) {
    if read(name).is_some_and(|kept| kept.typed.is_empty() && kept.key().as_ref() == key) {
        remove(name);
    }
}

/// Puts a text under a name that is no form's.
pub(super) fn put(name: &str, text: &str) {
    if let Some(storage) = storage() {
        drop(storage.set_item(name, text));
    }
}

/// Whether this text stood under a name, where it stands no more.
pub(super) fn take(name: &str, text: &str) -> bool {
    let stood = self::text(name).is_some_and(|there| there == text);
    if stood {
        remove(name);
    }
    stood
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
        let key_alone = read(&name).and_then(Kept::forget);
        remove(&name);
        if let Some(key_alone) = key_alone {
            drop(storage.set_item(&name, &key_alone.write()));
        }
    }
}

/// A value as plain JavaScript objects, its members in order.
pub(super) fn to_js(value: &impl serde::Serialize) -> Option<JsValue> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).ok()
}
