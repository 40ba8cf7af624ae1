//! A fuzzer of the form: random sequences of what can happen, in a simulated world that knows what is true, held against what
//! the form promises. `adapter` alone names the state machine. `cargo xtask soak form` runs it for long.

mod actions;
mod adapter;
mod promises;
mod relay;
mod tab;
mod tests;
mod world;

/// Promises that are known to fail today.
const FAIL_TODAY: &[&str] = &[];

/// Whether a form can hear at any time that it has a copy, as where the other tab was frozen.
const NEWS_OF_A_COPY_COMES_LATE: bool = true;
