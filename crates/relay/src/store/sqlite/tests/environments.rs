//! Keys belong to an environment: what was to go to one does not go to another.

use super::*;

const PROD: &str = "https://prod.example/add-task";

#[tokio::test]
async fn what_was_to_go_to_one_environment_is_not_sent_to_another_and_what_is_known_is_told() {
    let it = Fixture::new().await;
    let (sent, free) = (it.sent(1, Report::Created(created())).await, it.sent(2, Report::NotSent).await);
    let unknown = it.sent(3, Report::Unknown).await;
    let elsewhere = |claim: &Claim| Claim { id: Uuid::new_v4(), environment: PROD.to_owned(), ..claim.clone() };
    for never_sent in [elsewhere(&it.claim(4)), elsewhere(&free)] {
        assert_eq!(it.look_up(&never_sent).await, KeyLookup::Unverifiable);
        assert_eq!(it.store.claim(&never_sent).await.unwrap(), Claimed::No(KeyLookup::Unverifiable));
    }
    assert_eq!(it.look_up(&elsewhere(&sent)).await, known(KeyState::Created(created())));
    assert_eq!(it.look_up(&elsewhere(&unknown)).await, known(KeyState::Unknown));
    assert_eq!(it.store.of_order("demo", PROD, "ORDER 777").await.unwrap(), []);
    // Back where it was to go, it may go there.
    assert_eq!(it.store.claim(&Claim { id: Uuid::new_v4(), ..free }).await.unwrap(), Claimed::Yes);

    let epoch = it.store.epoch(PROD).await.unwrap();
    assert_ne!(epoch, it.epoch, "each environment has its own");
    assert_eq!(it.store.epoch(PROD).await.unwrap(), epoch);
    let new = Claim { key: Key::new(&epoch, [5; 16]).unwrap(), ..elsewhere(&it.replacing(5, &unknown)) };
    assert_eq!(it.store.claim(&new).await.unwrap(), Claimed::Yes, "its user knows where the new one goes");
}

#[tokio::test]
async fn a_key_from_before_environments_were_written_down_may_go_wherever_its_tenant_goes() {
    let it = Fixture::new().await;
    it.sql("UPDATE epochs SET environment = NULL");
    let claim = Claim { environment: PROD.to_owned(), ..it.claim(1) };
    assert_eq!(it.store.claim(&claim).await.unwrap(), Claimed::Yes);
    assert_ne!(it.store.epoch(ACC).await.unwrap(), it.epoch, "and no new one is made of it");
}
