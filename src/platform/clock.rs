//! Time and chance.

use std::cell::Cell;

use js_sys::{Date as JsDate, Math, Promise};
use wasm_bindgen_futures::JsFuture;
use web_sys::Event;

use super::window;
use crate::form::event::Moment;
use bzctrl_contract::Date;

thread_local! {
    /// What the two clocks showed last, and what was made of them.
    static LAST: Cell<Option<[f64; 3]>> = const { Cell::new(None) };
}

/// Now, in ms since somewhen; never less than before. The wall clock may be set back, and the other one, which pages cannot
/// replace, may stand still while the machine sleeps: the one that has gone on further is believed.
pub(super) fn now() -> f64 {
    let steady = Event::new("").map(|event| event.time_stamp()).unwrap_or_default();
    let wall = JsDate::now();
    let now = LAST
        .get()
        .map_or(0.0, |[last_wall, last_steady, last]| last + (wall - last_wall).max(steady - last_steady).max(0.0));
    LAST.set(Some([wall, steady, now]));
    now
}

/// Now, today, and some chance.
pub(super) fn moment() -> Moment {
    Moment { now: now(), wall: seconds(), age: 0.0, today: today(), random: random() }
}

/// The wall clock, in seconds since 1970.
pub(super) fn seconds() -> u32 {
    (JsDate::now() / 1000.0) as u32
}

/// How long it is, by the wall clock, until a date as HTTP writes it.
pub(super) fn seconds_until(date: &str) -> Option<u32> {
    let ms = JsDate::parse(date) - JsDate::now();
    (!ms.is_nan()).then_some((ms / 1000.0).ceil() as u32)
}

/// The user's own day.
pub(super) fn today() -> Date {
    let now = JsDate::new_0();
    let day = Date::new(now.get_full_year() as u16, now.get_month() as u8 + 1, now.get_date() as u8);
    // A browser's own date is a day of the calendar.
    day.unwrap_or(Date::FIRST)
}

/// Today, tomorrow, and next Monday.
pub(super) fn next_days() -> [Date; 3] {
    let now = JsDate::new_0();
    let until_monday = (8 - now.get_day() as i32) % 7;
    [0, 1, if until_monday == 0 { 7 } else { until_monday }].map(|days| {
        let day =
            JsDate::new_with_year_month_day(now.get_full_year(), now.get_month() as i32, now.get_date() as i32 + days);
        let day = Date::new(day.get_full_year() as u16, day.get_month() as u8 + 1, day.get_date() as u8);
        day.unwrap_or(Date::FIRST)
    })
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

/// 128 random bits for a key. `randomUUID` is missing on plain http; this is not. Where a page has taken that away too, what is
/// left is no secret, but another one at each press: a key is a name.
pub(super) fn random() -> [u8; 16] {
    let mut bits = std::array::from_fn(|_| (Math::random() * 256.0) as u8);
    if let Some(crypto) = window().and_then(|window| window.crypto().ok()) {
        drop(crypto.get_random_values_with_u8_array(&mut bits));
    }
    bits
}
