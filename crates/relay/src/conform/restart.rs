//! What outlives the backend. It is tried only if the backend was seen to go away.

use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bzctrl_contract::Code;
use tokio::time::{Instant, sleep};

use super::backend::Backend;
use super::judge::Judge;
use super::rule::Rule;
use super::todos::{TOLD, leave_in_the_middle, told};
use super::token::{self, Page};
use super::trial::{First, Trial, new_title};

/// How long BzCtrl takes for what a restart interrupts.
const SLOWLY: Duration = Duration::from_millis(1500);
/// How long a command may have ended before the backend goes away.
const GONE_WITHIN: Duration = Duration::from_secs(5);
/// How long a command may take, and a backend to be there again.
const BACK_WITHIN: Duration = Duration::from_secs(60);
/// Between two looks. A connection that is used so often is closed by no server for want of use.
const PAUSE: Duration = Duration::from_millis(10);
const IDLE: Duration = Duration::from_secs(1);

/// The backend is restarted, where there is a sandbox in the middle of a send.
pub(super) async fn over(trial: &Trial<'_>, first: &First, command: &str, judge: &mut Judge) {
    let mut under_way = None;
    if let Some(sandbox) = trial.sandbox {
        let title = new_title("over a restart");
        let ask = trial.send(&trial.page.new_key(), &trial.todo(&title));
        leave_in_the_middle(trial, &ask, sandbox, SLOWLY).await;
        under_way = Some((ask, title));
    }
    if let Err(why) = restarted(trial, command).await {
        return judge.skip(Rule::Restart, why);
    }
    // Its tokens may have ended with it; its keys may not.
    let Some(page) = new_page(trial.backend, judge).await else { return };
    let now = trial.by(trial.backend, page);
    let exchange = now.backend.page(now.send(&first.key, &first.todo), judge).await;
    let holds = exchange.status == 201 && exchange.json == first.answer;
    judge.expect_with(Rule::Restart, &exchange, &TOLD, holds, format!("{}: as before", told(&first.answer)));
    let (seen, holds) = (format!("the key_epoch {}", now.page.epoch), now.page.epoch == trial.page.epoch);
    let should = format!("{}, which is kept in the store", trial.page.epoch);
    judge.expect_that(Rule::Restart, &exchange, seen, holds, should);
    if let Some((ask, title)) = under_way {
        let exchange = now.until_decided(&ask.bearer(&now.page.token), judge).await;
        let holds = exchange.status == 201 || exchange.is(Code::OutcomeUnknown);
        judge.expect(Rule::Restart, &exchange, holds, "201 or 504 outcome-unknown: it was being sent");
        // BzCtrl may still be at it.
        sleep(SLOWLY).await;
        now.count(&title, &exchange, 1, Rule::Restart, judge).await;
    }
}

async fn new_page(backend: &Backend<'_>, judge: &mut Judge) -> Option<Page> {
    let answer = token::answer(backend, judge).await.ok()?;
    token::sealed_page(backend, &answer, judge).await
}

/// Runs the command, and waits until the backend has gone and is there again.
async fn restarted(trial: &Trial<'_>, command: &str) -> Result<(), String> {
    let kept = trial.backend.by_one_connection()?;
    let mut watch = Watch::new(&kept, trial).await;
    let mut shell = tokio::process::Command::new("sh");
    let shell = shell.args(["-c", command]).stdin(Stdio::null()).stdout(Stdio::null());
    let mut shell = shell.spawn().map_err(|error| format!("--restart-command cannot be run: {error}"))?;
    let begun = Instant::now();
    let status: ExitStatus = loop {
        watch.look().await;
        if let Some(status) = shell.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        if begun.elapsed() > BACK_WITHIN {
            return Err(
                "--restart-command did not end within a minute: let it start the backend in the background".to_owned()
            );
        }
    };
    if !status.success() {
        return Err(format!("--restart-command failed: {status}"));
    }
    let ended = Instant::now();
    loop {
        watch.look().await;
        match watch {
            Watch { was_gone: true, is_up: true, .. } => return Ok(()),
            Watch { was_gone: false, .. } if ended.elapsed() > GONE_WITHIN => {
                let connection = if watch.keeps { "a connection stayed open" } else { "it keeps no connection open" };
                return Err(format!(
                    "it could not be seen that --restart-command restarts the backend: each question was answered meanwhile, and {connection}"
                ));
            }
            _ if ended.elapsed() > BACK_WITHIN => {
                return Err("after --restart-command the backend did not come back within a minute".to_owned());
            }
            _ => {}
        }
    }
}

/// Looks whether the server goes away: a question that gets no answer, or a proxy's; or a kept connection that ends and was not
/// said to end.
struct Watch<'t> {
    backend: &'t Backend<'t>,
    page: &'t Page,
    keeps: bool,
    kept: Option<(SocketAddr, Instant)>,
    is_up: bool,
    was_gone: bool,
}

impl<'t> Watch<'t> {
    /// A server that ends connections by itself, unannounced, says nothing by that: it is asked anew each time.
    async fn new(kept: &'t Backend<'t>, trial: &'t Trial<'t>) -> Self {
        let page = &trial.page;
        let mut watch = Self { backend: kept, page, keeps: true, kept: None, is_up: true, was_gone: false };
        for _ in 0..3 {
            watch.look().await;
        }
        if watch.was_gone {
            Self { backend: trial.backend, page, keeps: false, kept: None, is_up: true, was_gone: false }
        } else {
            watch
        }
    }

    async fn look(&mut self) {
        sleep(PAUSE).await;
        let ask = self.backend.preflight(&self.page.tasks, "POST", "content-type");
        let kept = self.kept.filter(|(_, last)| last.elapsed() < IDLE);
        let exchange = self.backend.probe(ask).await;
        self.is_up = exchange.lost.is_none() && !matches!(exchange.status, 502..=504);
        let has_ended = self.keeps && kept.is_some_and(|(connection, _)| exchange.connection != Some(connection));
        self.was_gone |= !self.is_up || has_ended;
        let stays = !exchange.lists("connection", "close");
        self.kept = exchange.connection.filter(|_| stays).map(|connection| (connection, Instant::now()));
    }
}
