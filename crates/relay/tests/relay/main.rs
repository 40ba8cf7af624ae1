//! The relay's promises, told as stories: a page, the relay, and the real sandbox behind it, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod host;
mod world;

mod admission;
mod backends;
mod clock;
mod conform;
mod forgeries;
mod fuzz;
mod identity;
mod keys;
mod nginx;
mod one_todo;
mod openapi;
mod packaging;
mod program;
mod proxy;
mod revocation;
mod tampering;
mod tokens;
mod unreadable;
mod verdicts;
mod widget;
