//! A database that is put back while the relay runs.

use super::*;

#[tokio::test]
async fn at_the_next_claim_a_database_that_knows_of_fewer_claims_vouches_for_nothing_any_more() {
    let it = Fixture::new().await;
    let known = it.sent(1, Report::Created(created())).await;
    let free = it.sent(2, Report::NotSent).await;
    assert_eq!(it.store.doubt(), None);
    it.sql("UPDATE witness SET claims = 1");
    assert_eq!(it.store.claim(&it.claim(3)).await.unwrap(), Claimed::No(KeyLookup::Unverifiable), "within that claim");
    assert!(it.store.doubt().unwrap().contains("put back while the relay ran"));
    assert_eq!(it.store.claim(&free).await.unwrap(), Claimed::No(self::known(KeyState::Unknown)));
    assert_eq!(it.look_up(&known).await, self::known(KeyState::Created(created())));

    let epoch = it.store.epoch(ACC).await.unwrap();
    assert_ne!(epoch, it.epoch);
    let new = Claim { key: Key::new(&epoch, [4; 16]).unwrap(), ..it.claim(4) };
    assert_eq!(it.store.claim(&new).await.unwrap(), Claimed::Yes, "new keys are as good as ever");
}

#[tokio::test]
async fn a_database_that_is_ahead_of_its_witness_is_no_doubt() {
    let it = Fixture::new().await;
    let witness = it.folder.path().join("relay.sqlite-witness");
    let before = std::fs::read(&witness).unwrap();
    let claim = it.claim(1);
    assert_eq!(it.store.claim(&claim).await.unwrap(), Claimed::Yes);
    // As a kill leaves it between the commit and the witness.
    let Fixture { store, epoch, folder } = it;
    drop(store);
    std::fs::write(&witness, before).unwrap();
    let store = Sqlite::open(&folder.path().join("relay.sqlite")).unwrap();
    assert_eq!(store.doubt(), None);
    let it = Fixture { store, epoch, folder };
    assert_eq!(it.look_up(&claim).await, known(KeyState::Unknown));
    assert_eq!(it.store.claim(&it.claim(2)).await.unwrap(), Claimed::Yes);
}
