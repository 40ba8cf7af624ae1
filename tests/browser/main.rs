//! The widget in a real browser: what users meet, told as stories. The page around it is made by `page`, which also
//! answers for the relay, by way of the host's own `fetch`, and lets time pass.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod any_page;
mod asking_again;
mod closing;
mod colours;
mod drafts;
mod filling;
mod host_page;
mod host_styles;
mod one_form;
mod openings;
mod page;
mod page_behind;
mod presses;
mod problems;
mod reading_back;
mod registered;
mod still_frame;
mod submitting;
mod telling;
mod token_mode;
mod yew_application;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
