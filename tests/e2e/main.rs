//! The main job as people do it, in Chromium by WebDriver: order desk, widget, relay and sandbox are the real ones.
//!
//! `cargo xtask test` runs these journeys. By themselves they need what it builds before them: `cargo xtask package`,
//! and `cargo build` of `xtask`, `bzctrl-relay` and `bzctrl-sandbox`; `CHROMEDRIVER` names the driver unless the path
//! has it.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod created;
mod desk;
mod fault;
mod form;
mod leaving;
mod outages;
mod popup;
mod refused;
mod stage;
