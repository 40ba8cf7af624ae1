//! The form without a browser: its state, what becomes of a submission, and what is kept of it. Pure, tested natively;
//! it knows the contract and the host's settings, and nobody else.

pub(crate) mod answer;
pub(crate) mod event;
mod known;
pub(crate) mod restore;
pub(crate) mod state;
pub(crate) mod submit;
pub(crate) mod world;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
