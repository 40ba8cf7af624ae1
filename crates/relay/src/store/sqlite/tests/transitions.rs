//! What the lists of `state` say becomes unknown is what becomes unknown in the file.

use super::*;

#[tokio::test]
async fn what_becomes_unknown_by_a_doubt_and_by_a_start_is_what_is_listed() {
    let states = [
        KeyState::Free,
        KeyState::Sending,
        KeyState::Created(created()),
        KeyState::Rejected(rejected()),
        KeyState::Unknown,
    ];
    for (listed, by_a_doubt) in [(KeyState::DOUBTED, true), (KeyState::GIVEN_UP, false)] {
        let it = Fixture::new().await;
        let mut claims = Vec::new();
        for (number, state) in states.iter().enumerate() {
            let claim = it.claim(u8::try_from(number).unwrap());
            assert_eq!(it.store.claim(&claim).await.unwrap(), Claimed::Yes);
            let report = match state {
                KeyState::Free => Some(Report::NotSent),
                KeyState::Sending => None,
                KeyState::Created(created) => Some(Report::Created(created.clone())),
                KeyState::Rejected(said) => Some(Report::Rejected(said.clone())),
                KeyState::Unknown => Some(Report::Unknown),
            };
            if let Some(report) = report {
                it.store.conclude(&claim, &report).await.unwrap();
            }
            claims.push(claim);
        }
        let changed = match by_a_doubt {
            true => crate::store::sqlite::doubt::break_epochs(&it.beside(), now()).unwrap(),
            false => rows::give_up_unfinished(&it.beside(), now()).unwrap(),
        };
        assert_eq!(changed, listed.len());
        for (claim, state) in claims.iter().zip(&states) {
            let expected = match state {
                state if listed.contains(state) => known(KeyState::Unknown),
                KeyState::Free => KeyLookup::Claimable,
                state => known(state.clone()),
            };
            assert_eq!(it.look_up(claim).await, expected, "{state:?}");
        }
    }
}

#[tokio::test]
async fn a_not_sent_that_is_said_again_frees_nothing_in_a_database_that_was_put_back() {
    let it = Fixture::new().await;
    let claim = it.claim(1);
    assert_eq!(it.store.claim(&claim).await.unwrap(), Claimed::Yes);
    // The file is copied now. Then the claim is freed, and nobody hears that; the key is claimed anew, and sent; and the copy put back.
    it.sql("UPDATE witness SET claims = claims - 1");
    assert_eq!(it.store.claim(&it.claim(2)).await.unwrap(), Claimed::No(KeyLookup::Unverifiable), "it is found");
    assert_eq!(it.store.conclude(&claim, &Report::NotSent).await.unwrap(), KeyState::Unknown);
    assert_eq!(it.store.claim(&it.claim(1)).await.unwrap(), Claimed::No(known(KeyState::Unknown)));
}
