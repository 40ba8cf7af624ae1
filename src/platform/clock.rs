//! Time and chance.

use js_sys::{Date as JsDate, Promise};
use wasm_bindgen_futures::JsFuture;

use super::window;
use bzctrl_contract::Date;

/// Now, in ms. The wall clock: others may stand still while the machine sleeps.
pub(super) fn now() -> f64 {
    JsDate::now()
}

/// The user's own day.
pub(super) fn today() -> Date {
    let now = JsDate::new_0();
    let day = Date::new(now.get_full_year() as u16, now.get_month() as u8 + 1, now.get_date() as u8);
    // A browser's own date is a day of the calendar.
    day.unwrap_or(Date::FIRST)
}

/// Waits.
pub(super) async fn sleep(ms: u32) {
    drop(JsFuture::from(after(ms)).await);
}

/// A promise that resolves, to nothing, after so many ms.
pub(super) fn after(ms: u32) -> Promise {
    Promise::new(&mut |done, _| {
        if let Some(window) = window() {
            drop(window.set_timeout_with_callback_and_timeout_and_arguments_0(&done, ms as i32));
        }
    })
}

/// 128 random bits for a key. `randomUUID` is missing on plain http; this is not.
pub(super) fn random() -> [u8; 16] {
    let mut bits = [0; 16];
    if let Some(crypto) = window().and_then(|window| window.crypto().ok()) {
        drop(crypto.get_random_values_with_u8_array(&mut bits));
    }
    bits
}
