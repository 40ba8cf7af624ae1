//! Epochs are dropped with their keys once their time is over.

use super::*;

const A_DAY: i64 = 24 * 60 * 60;

impl Fixture {
    /// A new epoch is given out, so many days later.
    async fn days_later(&self, days: i64) -> String {
        let later = now() + days * A_DAY;
        self.store.write(move |connection| rows::epoch(connection, ACC, later)).await.unwrap()
    }

    fn count(&self, of: &str) -> u32 {
        self.beside().query_row(&format!("SELECT count(*) FROM {of}"), [], |row| row.get(0)).unwrap()
    }
}

#[tokio::test]
async fn an_epoch_is_dropped_with_its_keys_after_400_days_and_vouches_for_none_of_them() {
    let it = Fixture::new().await;
    let sent = it.sent(1, Report::Created(created())).await;
    let (refused, free) = (it.sent(2, Report::Rejected(rejected())).await, it.sent(3, Report::NotSent).await);
    it.sql("UPDATE outbox SET state = 'told'");
    it.sql(&format!(
        "INSERT INTO resolutions VALUES ('{}', 'rejected', 'operator', 'looked', 1)",
        refused.key.as_str()
    ));
    it.days_later(399).await;
    assert_eq!(it.look_up(&sent).await, known(KeyState::Created(created())), "its time is not over");
    assert_eq!((it.count("keys"), it.count("outbox"), it.count("resolutions")), (3, 1, 1));
    it.days_later(401).await;
    for dropped in [&sent, &refused, &free, &it.claim(4)] {
        assert_eq!(it.look_up(dropped).await, KeyLookup::Unverifiable);
        assert_eq!(it.store.claim(dropped).await.unwrap(), Claimed::No(KeyLookup::Unverifiable));
    }
    assert_eq!((it.count("keys"), it.count("outbox"), it.count("resolutions")), (0, 0, 0));
    assert_eq!(it.count("epochs"), 2, "those of the last two days");
}

#[tokio::test]
async fn what_is_unknown_or_under_way_or_still_to_be_told_keeps_its_epoch() {
    for kept in [Some(Report::Unknown), None] {
        let it = Fixture::new().await;
        let beside = it.sent(1, Report::Rejected(rejected())).await;
        let claim = it.claim(2);
        assert_eq!(it.store.claim(&claim).await.unwrap(), Claimed::Yes);
        if let Some(report) = &kept {
            it.store.conclude(&claim, report).await.unwrap();
        }
        let new = it.days_later(1000).await;
        assert_eq!(it.look_up(&beside).await, known(KeyState::Rejected(rejected())), "{kept:?}");
        assert_eq!(it.store.claim(&it.claim(3)).await.unwrap(), Claimed::Yes, "an epoch is there or it is not");
        it.store.conclude(&claim, &Report::Rejected(rejected())).await.unwrap();
        let replacing = Claim { key: Key::new(&new, [9; 16]).unwrap(), ..it.replacing(9, &claim) };
        assert!(matches!(it.store.claim(&replacing).await.unwrap(), Claimed::NotReplaced(_)));
    }
    let it = Fixture::new().await;
    let waiting = it.sent(1, Report::Created(created())).await;
    it.days_later(500).await;
    assert_eq!(it.look_up(&waiting).await, known(KeyState::Created(created())), "its host has not heard of it");
    it.sql("UPDATE outbox SET state = 'dead'");
    it.days_later(501).await;
    assert_eq!(it.look_up(&waiting).await, KeyLookup::Unverifiable);
}

#[tokio::test]
async fn a_word_on_a_key_and_a_late_claim_keep_it_for_400_days_more() {
    let it = Fixture::new().await;
    let unknown = it.sent(1, Report::Unknown).await;
    it.days_later(500).await;
    it.sql(&format!("UPDATE keys SET state = 'rejected', upstream_status = 0, decided_at = {}", now() + 500 * A_DAY));
    it.days_later(501).await;
    assert!(matches!(it.look_up(&unknown).await, KeyLookup::Found(_)), "whoever resolves looks at what came of it");
    it.days_later(901).await;
    assert_eq!(it.look_up(&unknown).await, KeyLookup::Unverifiable);
    // Of what was erased nobody can find out any more.
    let it = Fixture::new().await;
    let erased = it.sent(1, Report::Unknown).await;
    it.sql("UPDATE keys SET identity = ''");
    it.days_later(401).await;
    assert_eq!(it.count("keys"), 0);
    assert_eq!(it.store.claim(&erased).await.unwrap(), Claimed::No(KeyLookup::Unverifiable));
}

#[tokio::test]
async fn many_old_epochs_are_dropped_a_few_at_a_time() {
    let it = Fixture::new().await;
    for day in 1..=9 {
        it.days_later(day).await;
    }
    let mut left = Vec::new();
    for day in 1000..1005 {
        it.days_later(day).await;
        left.push(it.count("epochs"));
    }
    assert_eq!(left, [9, 8, 7, 6, 5]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_that_comes_as_its_epoch_is_dropped_is_there_or_was_never_made() {
    for round in 0..12_u8 {
        let it = Arc::new(Fixture::new().await);
        let claims: Vec<_> = (0..8).map(|key| it.claim(key)).collect();
        let claiming: Vec<_> = claims
            .iter()
            .map(|claim| {
                let (it, claim) = (Arc::clone(&it), claim.clone());
                tokio::spawn(async move { it.store.claim(&claim).await.unwrap() })
            })
            .collect();
        for _ in 0..round % 4 {
            tokio::task::yield_now().await;
        }
        it.days_later(401).await;
        for (claim, claiming) in claims.iter().zip(claiming) {
            let expected = match claiming.await.unwrap() {
                Claimed::Yes => known(KeyState::Sending),
                Claimed::No(KeyLookup::Unverifiable) => KeyLookup::Unverifiable,
                other => panic!("{other:?}"),
            };
            assert_eq!(it.look_up(claim).await, expected);
        }
        let (keys, epochs) = (it.count("keys"), it.count("epochs"));
        assert!((keys, epochs) == (0, 1) || epochs == 2, "{keys} keys in {epochs} epochs");
    }
}
