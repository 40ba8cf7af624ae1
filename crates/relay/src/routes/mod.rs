//! The handlers, one family of addresses a module. Each reads from top to bottom: extract, authorize, do, answer.

pub(crate) mod description;
pub(crate) mod health;
mod key_answer;
pub(crate) mod metrics;
pub(crate) mod problems;
pub(crate) mod register;
pub(crate) mod tasks;
pub(crate) mod token;
