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

/// What a command does with a store that it has open.
type Command = fn(&mut Operator, &std::path::Path);

#[tokio::test]
async fn what_is_put_back_while_a_command_has_the_store_open_is_a_doubt_and_what_the_command_does_is_none() {
    let commands: [(&str, Command); 3] = [
        ("show", |operator, _| {
            assert!(!operator.show(&Selection::Order("ORDER 777".to_owned()), None).unwrap().is_empty())
        }),
        ("backup", |operator, folder| operator.backup(&folder.join("backup")).unwrap()),
        ("erase", |operator, _| {
            let erased = operator.erase(&Selection::Order("ORDER 777".to_owned()), None, true).unwrap();
            assert!(erased.keys > 0 && !erased.old_pages);
        }),
    ];
    for (name, command) in commands {
        for is_put_back in [false, true] {
            let it = Fixture::new().await;
            it.sent(1, Report::Created(created())).await;
            let it = it.restart();
            let Fixture { store, folder, .. } = it;
            let file = folder.path().join("relay.sqlite");
            let witness = folder.path().join("relay.sqlite-witness");
            drop(store);
            let old = [&file, &witness].map(|file| std::fs::read(file).unwrap());
            let store = Sqlite::open(&file).unwrap();
            assert_eq!(store.doubt(), None);
            drop(store);
            let mut operator = Operator::open(&file).unwrap();
            if is_put_back && name != "erase" {
                command(&mut operator, folder.path());
            }
            if is_put_back {
                std::thread::sleep(Duration::from_millis(20));
                for (file, content) in [&file, &witness].into_iter().zip(old) {
                    std::fs::write(file, content).unwrap();
                }
            }
            if !is_put_back || name == "erase" {
                command(&mut operator, folder.path());
            }
            drop(operator);
            let store = Sqlite::open(&file).unwrap();
            assert_eq!(store.doubt().is_some(), is_put_back, "{name}: {:?}", store.doubt());
        }
    }
}
