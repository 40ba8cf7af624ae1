//! The relay's promises, told as stories: a page, the relay, and the real sandbox behind it, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod host;
mod world;

mod accounts;
mod admission;
mod backends;
mod breaker;
mod canary;
mod check_online;
mod clock;
mod commands;
mod conform;
mod egress;
mod exit_codes;
mod forgeries;
mod fuzz;
mod identity;
mod keys;
// What ships has no fail points, and so no tests of them.
#[cfg(debug_assertions)]
mod kills;
mod lenient;
mod limits;
mod log;
mod metrics;
mod nginx;
mod one_todo;
mod openapi;
mod output;
mod outside;
mod packaging;
mod ports;
mod postgres;
mod program;
mod proxy;
mod revocation;
mod rows;
mod sequences;
mod store;
mod tampering;
mod tenants;
mod tokens;
mod under_load;
mod unreadable;
mod verdicts;
mod way_out;
mod webhooks;
mod widget;
