//! "Send again" of what was never sent.

use super::*;

#[tokio::test]
async fn a_key_under_which_nothing_was_sent_is_barred_and_the_new_one_is_sent() {
    let it = Fixture::new().await;
    let never_came = it.claim(1);
    let free = it.sent(2, Report::NotSent).await;
    for (key, old) in [(101, never_came), (102, free)] {
        let new = it.replacing(key, &old);
        assert_eq!(it.store.claim(&new).await.unwrap(), Claimed::Yes);
        let barred =
            |new| KeyLookup::Found(Row { digest: Digest([1; 32]), state: KeyState::Free, replaced_by: Some(new) });
        assert_eq!(it.store.claim(&old).await.unwrap(), Claimed::No(barred(KeyState::Sending)), "it comes late");
        let third = Claim { replaces: Some(old.key.clone()), ..it.claim(key + 100) };
        assert_eq!(it.store.claim(&third).await.unwrap(), Claimed::NotReplaced(barred(KeyState::Sending)));

        it.store.conclude(&new, &Report::NotSent).await.unwrap();
        let again = it.replacing(key, &old);
        assert_eq!(it.store.claim(&again).await.unwrap(), Claimed::Yes, "the same new key is no conflict");
        it.store.conclude(&again, &Report::Created(created())).await.unwrap();
        assert_eq!(it.look_up(&old).await, barred(KeyState::Created(created())));
    }
}
