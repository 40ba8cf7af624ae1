//! The relay is killed between what it commits and what it sends, again and again: each todo that it knows to be created is
//! told at least once, and each id is one todo's. `WEBHOOK_KILLS` says how often: `cargo xtask soak webhooks`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Receiver, SECRET, Says};
use crate::program::Program;
use crate::rows;
use crate::world::{Page, Sandbox, incident};

/// What is waited for before a kill.
#[derive(Clone, Copy, Debug)]
enum At {
    /// The page has its answer: the result is committed, and hardly anything sent.
    Answer,
    /// The receiver has the request, and has not answered.
    Request,
    /// So many milliseconds after the press.
    Pause(u64),
}

#[tokio::test]
async fn however_the_relay_is_killed_each_created_todo_is_told_and_each_id_is_one_todos() {
    let kills: u64 = std::env::var("WEBHOOK_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(8);
    let (sandbox, receiver, folder) = (Sandbox::start().await, Receiver::start().await, tempfile::tempdir().unwrap());
    let more = receiver.settings(&folder);
    let (mut between, mut unanswered) = (0, 0);
    for kill in 0..kills {
        let program = Program::with(&folder, &sandbox, &more);
        let page = Page::open(program.address).await;
        let at = match kill % 4 {
            0 => At::Answer,
            1 => At::Request,
            _ => At::Pause(kill * 7 % 60),
        };
        let before = receiver.received().len();
        if matches!(at, At::Request) {
            receiver.says([Says::Nothing]);
        }
        let todo = incident(&format!("todo {kill}"));
        let key = page.new_key();
        // A relay that is killed does not answer.
        let submitted = async { drop(page.request(&key).json(&todo).send().await) };
        let wait = async {
            match at {
                At::Answer => std::future::pending().await,
                At::Request => drop(receiver.wait_for(before + 1).await),
                At::Pause(milliseconds) => tokio::time::sleep(Duration::from_millis(milliseconds)).await,
            }
        };
        tokio::select! {
            () = submitted => if !matches!(at, At::Answer) { tokio::time::sleep(Duration::from_millis(20)).await },
            () = wait => {}
        }
        program.kill();
        receiver.forget_what_to_say();
        let waiting = rows::texts(folder.path(), "SELECT webhook_id FROM outbox WHERE state = 'waiting'");
        between += usize::from(!waiting.is_empty());
        let told: BTreeSet<_> = receiver.received().iter().map(|one| one.id().to_owned()).collect();
        unanswered += waiting.iter().filter(|id| told.contains(*id)).count();
    }

    let _program = Program::with(&folder, &sandbox, &more);
    for _ in 0..1000 {
        if rows::texts(folder.path(), "SELECT webhook_id FROM outbox WHERE state = 'waiting'").is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut titles: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for told in receiver.received() {
        assert!(told.is_signed_by(SECRET));
        titles.entry(told.id().to_owned()).or_default().insert(told.title().to_owned());
    }
    assert!(titles.values().all(|titles| titles.len() == 1), "an id of two todos: {titles:?}");
    let told: Vec<String> = titles.into_values().flatten().collect();
    let once: BTreeSet<String> = told.iter().cloned().collect();
    assert_eq!(once.len(), told.len(), "a todo under two ids: {told:?}");
    let created: BTreeSet<String> =
        rows::texts(folder.path(), "SELECT title FROM keys WHERE state = 'created'").into_iter().collect();
    assert_eq!(created, once, "each created todo is told, and no other");
    println!(
        "{kills} kills: {between} between commit and told, {unanswered} of them with the receiver's answer unheard"
    );
    assert!(between > 0 && unanswered > 0, "no kill fell where it hurts: {between}, {unanswered}");
}
