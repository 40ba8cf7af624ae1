//! Browsers that run on for the next journey: to start one takes as much of a machine as most journeys do. The next one meets nothing of
//! the last: its tab is another one, and whatever the browser remembered is gone.

use std::{
    io::Result,
    os::unix::process::CommandExt,
    path::Path,
    process::{ChildStdin, Command, Stdio},
    sync::{Arc, Mutex},
};

use fantoccini::Client;
use serde_json::Value;

use super::engine::{Driver, Wishes};

/// No more than these wait.
const MOST: usize = 4;

static KEPT: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

/// One that runs, and has nobody.
pub(super) struct Kept {
    pub(super) driver: Arc<Driver>,
    /// The session that it was started by.
    pub(super) session: String,
    /// What the driver said of it then.
    pub(super) started: Value,
    /// What it was started for.
    pub(super) wishes: Wishes<'static>,
}

impl Kept {
    /// One that was started for the same.
    pub(super) fn take(wishes: &Wishes<'static>) -> Option<Self> {
        let mut kept = KEPT.lock().unwrap();
        let at = kept.iter().rposition(|it| it.wishes == *wishes)?;
        Some(kept.remove(at))
    }

    /// Waits for the next journey.
    pub(super) fn keep(self) {
        let mut kept = KEPT.lock().unwrap();
        kept.push(self);
        let over = kept.len().saturating_sub(MOST);
        let ended: Vec<_> = kept.drain(..over).collect();
        drop(kept);
        drop(ended);
    }

    /// Somebody new comes in: in front, with the only tab, and nothing is known. `None` if the browser has gone meanwhile.
    pub(super) async fn enter(&self) -> Option<Client> {
        let client = self.driver.resumes(&self.session).await.ok()?;
        client.persist().await.ok()?;
        client.release_actions().await.ok()?;
        let old = client.windows().await.ok()?;
        client.switch_to_window(old.first()?.clone()).await.ok()?;
        let new = client.new_window(true).await.ok()?.handle;
        for tab in old {
            client.switch_to_window(tab).await.ok()?;
            client.close_window().await.ok()?;
        }
        client.switch_to_window(new).await.ok()?;
        self.driver.forgets(&self.session).await;
        Some(client)
    }
}

/// Waits until it is let go, or until this process ends, however it does. Then it ends a group of processes, and removes the folder that
/// was theirs.
const GUARD: &str = r#"
    cat > /dev/null
    kill -- "-$1"
    sleep 2
    kill -9 -- "-$1"
    rm -rf "$2"
"#;

/// What does so, as long as it has its standard input.
pub(super) struct Guard {
    _holds: Option<ChildStdin>,
}

impl Guard {
    /// Over the group that a process leads.
    pub(super) fn over(leader: u32, folder: &Path) -> Result<Self> {
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "guard", &leader.to_string()]).arg(folder);
        // Of a group of its own: what ends this process from a terminal does not end the guard.
        let guard = guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn();
        Ok(Self { _holds: guard?.stdin })
    }
}

mod not_in_webkit {
    use serde_json::json;

    use crate::stage::{Browser, Engine, Stage};

    #[tokio::test]
    async fn the_next_journey_meets_nothing_of_the_last() {
        let stage = Stage::set().await;
        let mut processes = Vec::new();
        // The empty page that a tab begins with is none to Firefox.
        let pages = if Engine::of_this_run() == Engine::Firefox { 1 } else { 2 };
        for _ in 0..2 {
            // No other journey has this size.
            let browser = Browser::of_size((1111, 777)).await;
            processes.push(browser.process());
            let tab = &browser.tab;
            tab.go(&stage.host.page("hosts/plain.html?policy=none")).await;
            let found = "[document.cookie, localStorage.length, sessionStorage.length, history.length, document.hasFocus(), innerWidth]";
            assert_eq!(tab.read(found).await, json!(["", 0, 0, pages, true, 1111]));
            assert_eq!(browser.console().await, [""; 0]);
            let leaves = "void (document.cookie = 'left=1', localStorage.left = sessionStorage.left = 1, console.error('left'), open('about:blank'))";
            tab.read(leaves).await;
            browser.has_another_tab().await;
        }
        assert_eq!(processes[0] == processes[1], Engine::of_this_run().is_kept(), "whether it is the same browser");
    }
}
