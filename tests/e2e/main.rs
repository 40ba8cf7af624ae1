//! The main job as people do it, in a browser by WebDriver: order desk, widget, relay and sandbox are the real ones.
//!
//! `cargo xtask test` runs these journeys. By themselves they need what it builds before them: `cargo xtask package`,
//! and `cargo build` of `xtask`, `bzctrl-relay` and `bzctrl-sandbox`. They run in one engine: `ENGINE=firefox`,
//! `webkit` or `chromium-109` takes another than Chromium. `stage/engine.rs` tells the variables that name its programs.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod any_user;
mod cold;
mod created;
mod desk;
mod fault;
mod focus;
mod form;
mod frame;
mod frameworks;
mod globals;
mod hosts;
mod installed;
mod languages;
mod leaving;
mod light;
mod loading;
mod looks;
mod network;
mod opening;
mod outages;
mod own_backend;
mod own_button;
mod page_life;
mod popup;
mod refused;
mod second_act;
mod stage;
mod two_tabs;
mod upheaval;
mod verified;
