//! The relay's promises, told as stories: a page, the relay, and the real sandbox behind it, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod host;
mod world;

mod admission;
mod backends;
mod check_online;
mod clock;
mod egress;
mod forgeries;
mod identity;
mod keys;
mod log;
mod metrics;
mod one_todo;
mod packaging;
mod program;
mod proxy;
mod revocation;
mod tokens;
mod unreadable;
mod verdicts;
mod way_out;
mod widget;
