//! What was claimed is told when the witness is raised, on a thread of its own. Whatever was committed meanwhile is told by one raise,
//! so that the two syncs of a claim stand beside those of the next ones, and not in their way.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::write::Write;
use crate::store::StoreError;
use crate::store::witness::Witness;

/// Claims that are committed, and how many there were with them.
type Claimed = (Vec<Box<dyn Write>>, i64);

/// Who hands claims over.
#[derive(Debug)]
pub(super) struct Raising {
    /// None only while it ends.
    queue: Option<Sender<Claimed>>,
    thread: Option<JoinHandle<()>>,
}

impl Raising {
    pub(super) fn start(witness: Arc<Witness>) -> Result<Self, String> {
        let (queue, committed) = channel();
        let thread = std::thread::Builder::new().name("witness".to_owned()).spawn(move || run(&witness, &committed));
        Ok(Self { queue: Some(queue), thread: Some(thread.map_err(|error| error.to_string())?) })
    }

    /// Tells claims of their commit: at once where it went wrong, else when the witness says that there are so many. Without any it
    /// still says when the relay has written: SQLite may have moved pages out of the log with a commit.
    pub(super) fn raise(&self, writes: Vec<Box<dyn Write>>, claims: i64, committed: &Result<(), StoreError>) {
        match (committed, &self.queue) {
            (Ok(()), Some(queue)) => {
                // Of those that are dropped nothing is sent: their callers hear that they cannot know.
                let _ = queue.send((writes, claims));
            }
            _ => writes.into_iter().for_each(|write| write.answer(committed)),
        }
    }
}

impl Drop for Raising {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // It has said itself what went wrong.
            let _ = thread.join();
        }
    }
}

fn run(witness: &Witness, committed: &Receiver<Claimed>) {
    while let Ok((mut writes, mut claims)) = committed.recv() {
        for (more, with_them) in committed.try_iter() {
            writes.extend(more);
            claims = with_them;
        }
        let unheard = |error: std::io::Error| StoreError::unheard(format!("the witness cannot be raised: {error}"));
        let raised = witness.raise(claims).map_err(unheard);
        for write in writes {
            write.answer(&raised);
        }
    }
}
