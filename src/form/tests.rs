//! A fuzzer of the form: random sequences of what can happen, in a simulated world that knows what is true, held against what
//! the form promises. `adapter` alone names the state machine. `cargo xtask soak form` runs it for long.

mod actions;
mod adapter;
mod cases;
mod promises;
mod relay;
mod tab;
mod world;
