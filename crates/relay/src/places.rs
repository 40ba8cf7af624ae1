//! Places that are taken for a while: a bounded number in all, and of each client, so that no one of them takes those of the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::peer::Client;

/// The places.
#[derive(Debug)]
pub(crate) struct Places {
    most: usize,
    most_of_one: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    of: HashMap<Client, usize>,
}

/// One of the places, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    client: Client,
}

impl Places {
    /// So many in all, and of one client.
    pub(crate) fn new(most: usize, most_of_one: usize) -> Arc<Self> {
        Arc::new(Self { most, most_of_one, taken: Mutex::default() })
    }

    /// Takes a place, if there is one for this client.
    pub(crate) fn take(self: &Arc<Self>, client: Client) -> Option<Place> {
        let mut taken = self.taken();
        let of_client = taken.of.get(&client).copied().unwrap_or_default();
        if taken.all >= self.most || of_client >= self.most_of_one {
            return None;
        }
        taken.all += 1;
        taken.of.insert(client, of_client + 1);
        Some(Place { places: Arc::clone(self), client })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all -= 1;
        match taken.of.get_mut(&self.client) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.of.remove(&self.client)),
        }
    }
}
