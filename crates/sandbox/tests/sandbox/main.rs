//! The sandbox's promises, over real HTTP on ports of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod add_task;
mod cors;
mod faults;
mod observing;
mod pages;
mod program;
mod running;
mod token;
mod whatever_is_valid;
