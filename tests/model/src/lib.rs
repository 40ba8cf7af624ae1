//! The protocol of widget and relay as a state machine: tabs, relays, a store, BzCtrl, and whatever goes wrong between them, in every
//! order. It is searched for a state in which a promise is broken.
//!
//! The form in it is the form, and what a store decides is decided by the relay's own functions: both rooms are compiled into this
//! crate from where they live, so that neither has to show to anybody what it is made of (docs/decisions/0038).

// The rooms that it takes in have tests of their own, which belong to where they live.
#![cfg(not(test))]

mod answers;
mod bounds;
mod data;
mod faults;
mod forms;
mod promises;
mod relays;
mod rules;
mod users;
mod world;

pub use bounds::{Bounds, Fault};
pub use rules::{RULES, Rule};
pub use world::{Action, Model, World};

/// The widget's form.
#[path = "../../../src"]
#[allow(dead_code, unused_imports, unreachable_pub, missing_docs, reason = "the widget's own lints hold there")]
mod widget {
    pub(crate) mod config;
    pub(crate) mod form;
}
use widget::{config, form};

/// What the relay's store decides.
#[path = "../../../crates/relay/src"]
#[allow(dead_code, reason = "the model has no use for all that it says")]
mod relay {
    pub(crate) mod owner;

    pub(crate) mod store {
        mod state;
        pub(crate) mod transitions;

        pub(crate) use state::{KeyState, Report};

        /// What a content is told by.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) struct Digest(pub(crate) [u8; 32]);
    }
}
use relay::owner;

/// What the store keeps of what BzCtrl has made.
mod upstream {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub(crate) struct Created {
        pub(crate) answer: String,
        pub(crate) task_link: Option<String>,
    }
}
