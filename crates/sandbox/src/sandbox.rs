//! What every request shares: the options, and the memory of the run. It knows nothing of HTTP.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{faults::Faults, options::Options, requests::Requests, todos::Todos, tokens::Tokens};

/// What every request may read.
#[derive(Debug)]
pub(crate) struct Sandbox {
    pub(crate) options: Options,
    /// What task links begin with.
    pub(crate) base: String,
    memory: Mutex<Memory>,
}

/// What the requests of a run leave behind.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) tokens: Tokens,
    pub(crate) todos: Todos,
    pub(crate) faults: Faults,
    pub(crate) requests: Requests,
}

impl Sandbox {
    pub(crate) fn new(options: Options, base: String) -> Self {
        Self { options, base, memory: Mutex::default() }
    }

    /// The memory, for as long as a thought takes: it is never held while waiting.
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
