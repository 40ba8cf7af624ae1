//! The relay's promises, told as stories: a page, the relay, and the real sandbox behind it, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

mod admission;
mod clock;
mod keys;
mod one_todo;
mod program;
mod tokens;
mod verdicts;
mod widget;
