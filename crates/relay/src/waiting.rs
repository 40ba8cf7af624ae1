//! How many bodies are waited for.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bzctrl_contract::Code;

use crate::peer::Client;
use crate::problem::Refusal;

/// The bodies that are waited for: their number is bounded, so that no client that dawdles in a thousand connections takes the
/// memory and the places of the others. What is there at once is not waited for.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    of: HashMap<Client, usize>,
}

/// In all, and of one client. A browser has six connections to a host.
const MOST: usize = 256;
const MOST_OF_ONE: usize = 32;
/// When a client asks again that has no place.
const PAUSE: u64 = 2;

/// One of the places, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place<'w> {
    waiting: &'w Waiting,
    client: Client,
}

impl Waiting {
    /// Takes a place.
    ///
    /// # Errors
    /// There is none for this client.
    pub(crate) fn take(&self, client: Client) -> Result<Place<'_>, Refusal> {
        let mut counts = self.counts();
        let of_client = counts.of.get(&client).copied().unwrap_or_default();
        if counts.all >= MOST || of_client >= MOST_OF_ONE {
            return Err(Refusal::new(Code::RateLimited, "Too many requests are waited for.").retry_after(PAUSE));
        }
        counts.all += 1;
        counts.of.insert(client, of_client + 1);
        Ok(Place { waiting: self, client })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut counts = self.waiting.counts();
        counts.all -= 1;
        match counts.of.get_mut(&self.client) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(counts.of.remove(&self.client)),
        }
    }
}
