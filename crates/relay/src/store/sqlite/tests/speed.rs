//! What the witness costs: `cargo test --release -p bzctrl-relay --lib -- --ignored --nocapture claims_a_second`.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

const CONNECTIONS: u64 = 64;
const LONG: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures, on a machine that does nothing else"]
async fn claims_a_second_with_the_witness_and_without() {
    for round in 0..4 {
        let with_witness = round % 2 == 1;
        let it = Arc::new(Fixture::new().await);
        let done = Arc::new(AtomicU64::new(0));
        let began = Instant::now();
        let mut clients = tokio::task::JoinSet::new();
        for client in 0..CONNECTIONS {
            let (it, done) = (Arc::clone(&it), Arc::clone(&done));
            clients.spawn(async move {
                for at in 0_u64.. {
                    if began.elapsed() >= LONG {
                        break;
                    }
                    let key = Key::new(&it.epoch, (u128::from(client) << 64 | u128::from(at)).to_be_bytes()).unwrap();
                    let claim = Claim { key, ..it.claim(0) };
                    let write = {
                        let claim = claim.clone();
                        move |connection: &Connection| rows::claim(connection, &claim, now())
                    };
                    let claimed = match with_witness {
                        true => it.store.write_claim(write).await,
                        false => it.store.write(write).await,
                    };
                    assert_eq!(claimed.unwrap(), Claimed::Yes);
                    it.store.conclude(&claim, &Report::Created(created())).await.unwrap();
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        clients.join_all().await;
        let a_second = done.load(Ordering::Relaxed) as f64 / LONG.as_secs_f64();
        println!("{} the witness: {a_second:.0} todos a second", if with_witness { "with" } else { "without" });
    }
}
