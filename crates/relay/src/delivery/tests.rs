#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use bzctrl_contract::Key;
use uuid::Uuid;

use super::*;
use crate::metrics::Metrics;
use crate::owner::Owner;
use crate::store::{Counts, Digest, Entry, KeyLookup, Registered, Row, Sqlite};
use crate::upstream::Created;

/// A real store whose answers get lost: the first so many claims and reports are carried out and not answered.
#[derive(Debug)]
struct Unheard {
    store: Sqlite,
    claims: AtomicU32,
    reports: AtomicU32,
    _folder: tempfile::TempDir,
}

fn lost(counter: &AtomicU32) -> bool {
    counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}

#[async_trait]
impl Store for Unheard {
    async fn epoch(&self, environment: &str) -> Result<String, StoreError> {
        self.store.epoch(environment).await
    }
    async fn look_up(&self, key: &Key, owner: &Owner, environment: &str) -> Result<KeyLookup, StoreError> {
        self.store.look_up(key, owner, environment).await
    }
    async fn claim(&self, claim: &Claim) -> Result<Claimed, StoreError> {
        let claimed = self.store.claim(claim).await;
        if lost(&self.claims) { Err(StoreError::unheard("lost")) } else { claimed }
    }
    async fn conclude(&self, claim: &Claim, report: &Report) -> Result<KeyState, StoreError> {
        if lost(&self.reports) { Err(StoreError::unheard("lost")) } else { self.store.conclude(claim, report).await }
    }
    async fn of_order(&self, tenant: &str, environment: &str, order_id: &str) -> Result<Vec<Registered>, StoreError> {
        self.store.of_order(tenant, environment, order_id).await
    }
    async fn use_once(&self, digest: [u8; 32], expires_at: u64) -> Result<bool, StoreError> {
        self.store.use_once(digest, expires_at).await
    }
    fn doubt(&self) -> Option<String> {
        self.store.doubt()
    }
    async fn ready(&self) -> Result<(), StoreError> {
        self.store.ready().await
    }
    async fn count(&self) -> Result<Counts, StoreError> {
        self.store.count().await
    }
}

async fn unheard(claims: u32, reports: u32) -> (Arc<Delivery>, Arc<Unheard>, Claim) {
    counted(claims, reports, Rows::default()).await
}

async fn counted(claims: u32, reports: u32, rows: Rows) -> (Arc<Delivery>, Arc<Unheard>, Claim) {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("relay.sqlite")).unwrap();
    let key = Key::new(&store.epoch("acc").await.unwrap(), [7; 16]).unwrap();
    let claim = Claim {
        id: Uuid::new_v4(),
        key,
        owner: Owner { tenant: "demo".to_owned(), identity: None },
        environment: "acc".to_owned(),
        digest: Digest([0; 32]),
        replaces: None,
        entry: Entry { todo_type: String::new(), title: String::new(), order_id: String::new() },
        notify: false,
        traceparent: None,
    };
    let store = Arc::new(Unheard { store, claims: claims.into(), reports: reports.into(), _folder: folder });
    (Arc::new(Delivery::new(Arc::clone(&store) as Arc<dyn Store>, rows)), store, claim)
}

fn created() -> Created {
    Created { answer: "{}".to_owned(), task_link: None }
}

/// A send that needs nothing before.
fn at_hand<S>(send: S) -> impl Future<Output = Result<S, NotSent>> {
    std::future::ready(Ok(send))
}

async fn state(store: &Unheard, claim: &Claim) -> Option<KeyState> {
    match store.look_up(&claim.key, &claim.owner, &claim.environment).await.unwrap() {
        KeyLookup::Found(Row { state, .. }) => Some(state),
        KeyLookup::Claimable => None,
        KeyLookup::Unverifiable => panic!("the epoch is whole"),
    }
}

#[tokio::test]
async fn a_send_that_panics_leaves_the_key_unknown() {
    let (delivery, store, claim) = unheard(0, 0).await;
    let delivered = delivery.deliver(claim.clone(), at_hand(async { panic!("a fault") })).await.unwrap();
    assert_eq!(delivered, Delivered::Sent(KeyState::Unknown));
    assert_eq!(state(&store, &claim).await, Some(KeyState::Unknown));
}

#[tokio::test]
async fn while_one_claim_sends_no_other_does() {
    let (delivery, store, claim) = unheard(0, 0).await;
    let other = Claim { id: Uuid::new_v4(), ..claim.clone() };
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let first = delivery.deliver(
        claim.clone(),
        at_hand(async {
            let _ = ended.await;
            Sent::Created(created())
        }),
    );
    let second = async {
        while state(&store, &claim).await.is_none() {
            tokio::task::yield_now().await;
        }
        let second = delivery.deliver(other, at_hand(async { panic!("nothing is sent") })).await.unwrap();
        end.send(()).unwrap();
        second
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.unwrap(), Delivered::Sent(KeyState::Created(created())));
    assert!(matches!(second, Delivered::Barred(KeyLookup::Found(Row { state: KeyState::Sending, .. }))), "{second:?}");
}

#[tokio::test]
async fn a_send_goes_on_when_nobody_waits_for_it() {
    let (delivery, store, claim) = unheard(0, 0).await;
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let send = async {
        let _ = ended.await;
        Sent::Created(created())
    };
    assert!(delivery.deliver(claim.clone(), at_hand(send)).now_or_never().is_none(), "the client goes away");
    while state(&store, &claim).await.is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(state(&store, &claim).await, Some(KeyState::Sending));
    end.send(()).unwrap();
    delivery.drain().await;
    assert_eq!(state(&store, &claim).await, Some(KeyState::Created(created())));
}

#[tokio::test]
async fn an_environment_that_hangs_takes_no_place_of_anothers() {
    let (delivery, store, claim) = unheard(0, 0).await;
    let of = |number: usize| {
        let key = Key::new(claim.key.epoch(), u128::try_from(number).unwrap().to_be_bytes()).unwrap();
        Claim { id: Uuid::new_v4(), key, ..claim.clone() }
    };
    for number in 0..MOST_UNDER_WAY {
        let waiting = delivery.deliver(of(number), at_hand(std::future::pending()));
        assert!(waiting.now_or_never().is_none(), "the client goes away");
    }
    let one_more = delivery.deliver(of(MOST_UNDER_WAY), at_hand(async { panic!("nothing is sent") })).await.unwrap();
    assert_eq!(one_more, Delivered::NoPlace);

    let epoch = store.epoch("prod").await.unwrap();
    let elsewhere = Claim { key: Key::new(&epoch, [7; 16]).unwrap(), environment: "prod".to_owned(), ..claim.clone() };
    let delivered = delivery.deliver(elsewhere, at_hand(async { Sent::Created(created()) })).await.unwrap();
    assert_eq!(delivered, Delivered::Sent(KeyState::Created(created())));
}

#[tokio::test]
async fn a_claim_that_was_not_answered_sends_nothing_and_is_freed() {
    let (delivery, store, claim) = unheard(1, 2).await;
    let delivered = delivery.deliver(claim.clone(), at_hand(async { panic!("nothing is sent") })).await;
    assert!(delivered.is_err());
    assert_eq!(state(&store, &claim).await, Some(KeyState::Sending), "it stands all the same");
    delivery.drain().await;
    assert_eq!(state(&store, &claim).await, None);
}

#[tokio::test]
async fn a_result_that_cannot_be_stored_is_answered_and_stored_later() {
    let (delivery, store, claim) = unheard(0, 2).await;
    let delivered = delivery.deliver(claim.clone(), at_hand(async { Sent::Created(created()) })).await.unwrap();
    assert_eq!(delivered, Delivered::Sent(KeyState::Created(created())));
    assert_eq!(state(&store, &claim).await, Some(KeyState::Sending));
    delivery.drain().await;
    assert_eq!(state(&store, &claim).await, Some(KeyState::Created(created())));
}

#[tokio::test]
async fn a_result_that_waits_for_the_store_is_seen_until_it_is_stored() {
    let metrics = Metrics::default();
    let (delivery, _store, claim) = counted(0, 2, metrics.rows.clone()).await;
    let told = |count: u32| metrics.text().contains(&format!("bzctrl_relay_results_not_stored {count}\n"));
    delivery.deliver(claim, at_hand(async { Sent::Created(created()) })).await.unwrap();
    assert!(told(1) && delivery.under_way() == 1, "{}", metrics.text());
    delivery.drain().await;
    assert!(told(0) && delivery.under_way() == 0, "{}", metrics.text());
}

#[tokio::test]
async fn what_a_send_needs_is_had_before_its_key_is_claimed() {
    let (delivery, store, claim) = unheard(0, 0).await;
    let credentials = async { Err::<std::future::Pending<Sent>, _>(NotSent::Credentials) };
    let delivered = delivery.deliver(claim.clone(), credentials).await.unwrap();
    assert_eq!(delivered, Delivered::NotSent(NotSent::Credentials));
    assert_eq!(store.store.count().await.unwrap().keys.iter().map(|(_, count)| count).sum::<i64>(), 0);
}
