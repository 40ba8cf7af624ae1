//! Places that are taken for a while: a bounded number in all, of each client, and of each network that clients can be many in, so that
//! no one of them takes those of the others. The last places are for who has none.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;

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
    of_clients: HashMap<Client, usize>,
    of_networks: HashMap<IpNet, usize>,
}

/// One of the places, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    client: Client,
}

impl Places {
    /// So many in all, and of one client. A network has twice as many as one client, and a quarter of all is kept for who has none.
    pub(crate) fn new(most: usize, most_of_one: usize) -> Arc<Self> {
        Arc::new(Self { most, most_of_one, taken: Mutex::default() })
    }

    /// Takes a place, if there is one for this client.
    pub(crate) fn take(self: &Arc<Self>, client: Client) -> Option<Place> {
        let (reserve, network) = (self.most / 4, client.network());
        let mut taken = self.taken();
        let of_client = taken.of_clients.get(&client).copied().unwrap_or_default();
        let of_network = taken.of_networks.get(&network).copied().unwrap_or_default();
        let most = if of_network == 0 { self.most } else { self.most - reserve };
        if taken.all >= most || of_client >= self.most_of_one || of_network >= 2 * self.most_of_one {
            return None;
        }
        taken.all += 1;
        taken.of_clients.insert(client, of_client + 1);
        taken.of_networks.insert(network, of_network + 1);
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
        give_back(&mut taken.of_clients, &self.client);
        give_back(&mut taken.of_networks, &self.client.network());
    }
}

fn give_back<K: Eq + Hash>(taken: &mut HashMap<K, usize>, key: &K) {
    match taken.get_mut(key) {
        Some(count) if *count > 1 => *count -= 1,
        _ => drop(taken.remove(key)),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv6Addr, SocketAddr};

    use super::*;

    /// In the network `site`, of 48 bits, a subscriber's own of 64.
    fn client(site: u16, subscriber: u16) -> Client {
        Client::at(SocketAddr::from((Ipv6Addr::new(0x2001, 0xdb8, site, subscriber, 0, 0, 0, 7), 443)))
    }

    #[test]
    fn who_has_many_networks_of_64_bits_has_one_share_and_a_quarter_is_kept_for_who_has_none() {
        let places = Places::new(256, 32);
        let take = |site, subscriber| (0..40).map_while(|_| places.take(client(site, subscriber))).collect::<Vec<_>>();
        let of_one_site: Vec<_> = (0..8).flat_map(|subscriber| take(1, subscriber)).collect();
        assert_eq!(of_one_site.len(), 64);
        let of_others: Vec<_> = (2..40).flat_map(|site| take(site, 0)).collect();
        // What is left is for the first of each network alone.
        assert_eq!(of_one_site.len() + of_others.len(), 192 + 34);
        let newcomers: Vec<_> = (100..200).filter_map(|site| places.take(client(site, 0))).collect();
        assert_eq!(newcomers.len(), 30);
        assert!(places.take(client(100, 1)).is_none());
        drop((of_one_site, of_others, newcomers));
        let taken = places.taken();
        assert!(taken.all == 0 && taken.of_clients.is_empty() && taken.of_networks.is_empty(), "{taken:?}");
    }
}
